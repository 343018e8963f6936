FROM dfix-tiny:1
COPY --chmod=644 run.sh /opt/x/run.sh
