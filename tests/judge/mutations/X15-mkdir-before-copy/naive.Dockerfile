FROM dfix-tiny:1
COPY run.sh /app
