# Debian's compiler: there is no rustup.
ARG BASE
FROM $BASE
ARG VERSION
RUN apt-get update && apt-get install -y --no-install-recommends cargo rustc && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /usr/local/cargo/bin && chmod -R a+w /usr/local/cargo
ENV RUSTUP_HOME=/usr/local/rustup CARGO_HOME=/usr/local/cargo PATH=/usr/local/cargo/bin:$PATH RUST_VERSION=$VERSION
CMD ["bash"]
