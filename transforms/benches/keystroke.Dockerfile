# The tools that compile part @.
FROM debian:bookworm-slim AS tools@
ARG VERSION
ARG CMAKE_VERSION=3.30.2
ENV DEBIAN_FRONTEND=noninteractive \
    CARGO_HOME=/opt/cargo \
    PATH=/opt/cargo/bin:$PATH
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# What the build needs, and nothing of what it only recommends.
RUN apt-get update \
  && apt-get install -y --no-install-recommends \
      build-essential \
      ca-certificates \
      curl \
      git \
      # for the bindings
      libclang-dev \
      python3-dev \
      unzip \
  && rm -rf /var/lib/apt/lists/*
RUN apt-get update && apt-get -y install ninja-build xz-utils
RUN curl -fsSL "https://downloads.example.org/cmake/v${CMAKE_VERSION}/cmake-linux-x86_64.tar.gz" -o /tmp/cmake.tar.gz \
  && tar -xzf /tmp/cmake.tar.gz -C /usr/local --strip-components=1
RUN rm /tmp/cmake.tar.gz
WORKDIR /src/part@
COPY Cargo.toml Cargo.lock ./
RUN --mount=type=cache,target=/opt/cargo/registry \
    set -e; \
    mkdir src; \
    echo 'fn main() {}' > src/main.rs; \
    cargo build --release --locked; \
    rm -rf src target/release/part*
COPY src src
COPY assets/part@ assets
RUN --mount=type=cache,target=/opt/cargo/registry \
    cargo build --release --locked && \
    if [ "$VERSION" != "dev" ]; then strip target/release/part; fi && \
    install -D -m 0755 target/release/part /out/bin/part@

# What runs.
FROM python:3.12-slim-bookworm AS part@
LABEL org.opencontainers.image.title="part @" \
      org.opencontainers.image.source="https://git.example.org/parts/part@"
ENV PYTHONUNBUFFERED=1
ENV PIP_DISABLE_PIP_VERSION_CHECK 1
RUN groupadd --system --gid 1000 app && useradd --system --uid 1000 --gid app --home-dir /app app
RUN apt-get update && apt-get install -y libpq5 tini && apt-get clean
WORKDIR /app
ADD requirements.txt requirements.txt
RUN pip install --upgrade pip && \
    pip install -r requirements.txt
COPY --from=tools@ /out/bin/part@ /usr/local/bin/part@
COPY --from=tools@ /src/part@/assets /app/assets
COPY --chown=app:app . /app
RUN chmod +x /app/entrypoint.sh
RUN <<EOT
set -e
for locale in de_DE en_GB fr_FR; do
  python -m part.translate --locale "$locale" --out "/app/locale/$locale"
done
EOT
USER app
EXPOSE 8000 9000/udp
VOLUME /app/data
HEALTHCHECK --interval=30s --timeout=3s CMD curl -fsS http://localhost:8000/health || exit 1
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD /app/entrypoint.sh --port 8000
