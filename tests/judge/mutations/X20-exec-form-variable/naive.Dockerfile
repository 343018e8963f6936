FROM dfix-tiny:1
ENV OPTS="one two"
ENTRYPOINT ["echo", "$OPTS"]
