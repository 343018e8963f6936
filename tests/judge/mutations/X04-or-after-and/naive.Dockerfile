FROM dfix-tiny:1
RUN test -f /missing && test -f /x || touch /x
