FROM dfix-tiny:1
USER 1234
WORKDIR /tmp/w
