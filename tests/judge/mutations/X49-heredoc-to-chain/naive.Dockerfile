FROM dfix-tiny:1
RUN false && true
