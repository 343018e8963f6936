FROM debian:12 AS tools
RUN apt-get update && apt-get install -y --no-install-recommends jq \
 && rm -rf /var/lib/apt/lists/*

FROM tools
RUN apt-get update && apt-get install -y --no-install-recommends tig \
 && rm -rf /var/lib/apt/lists/*
