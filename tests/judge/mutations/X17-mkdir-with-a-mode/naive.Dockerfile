FROM dfix-tiny:1
WORKDIR /s
