FROM dfix-tiny:1
RUN exit 0 && touch /y
