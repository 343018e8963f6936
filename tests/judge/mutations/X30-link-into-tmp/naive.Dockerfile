FROM dfix-tiny:1
COPY --link f /tmp/f
