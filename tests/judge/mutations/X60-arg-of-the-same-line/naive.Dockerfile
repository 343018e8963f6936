FROM dfix-tiny:1
ARG A=1 B=$A
RUN echo "B is $B" >/b
