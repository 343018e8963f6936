FROM dfix-tiny:1
COPY --chmod=755 run /x/run
CMD ["cd", "/x", "&&", "./run"]
