FROM buildpack-deps:bookworm
RUN curl -fsSLO https://example.org/kit-3.tar.gz \
 && tar -xzf kit-3.tar.gz -C /opt \
 && rm kit-3.tar.gz
