FROM dfix-tiny:1
RUN touch /made # first && touch /installed
