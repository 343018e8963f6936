FROM dfix-tiny:1
USER 1000
WORKDIR /tmp/w
