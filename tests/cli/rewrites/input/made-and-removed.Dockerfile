FROM buildpack-deps:bookworm
RUN curl -fsSLO https://example.org/kit-3.tar.gz
RUN tar -xzf kit-3.tar.gz -C /opt
RUN rm kit-3.tar.gz
