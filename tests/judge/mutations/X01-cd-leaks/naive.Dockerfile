FROM dfix-tiny:1
RUN cd /srv && touch f
