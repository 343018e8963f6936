FROM dfix-tiny:1
ARG V=1
RUN echo "V is ${V-unset}" >/a && echo b >/b
