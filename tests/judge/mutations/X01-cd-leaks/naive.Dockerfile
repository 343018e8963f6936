FROM dfix-tiny:1
RUN cd /var && touch f
