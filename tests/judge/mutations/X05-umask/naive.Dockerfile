FROM dfix-tiny:1
RUN umask 077 && touch /k
