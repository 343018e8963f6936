FROM dfix-tiny:1
COPY --chmod=755 fetch /usr/bin/fetch
RUN fetch
