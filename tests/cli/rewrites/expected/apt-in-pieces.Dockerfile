FROM debian:12-slim

RUN apt-get update \
 && apt-get install -y jq=1.6-2.1 netcat-openbsd \
 && rm -rf /var/lib/apt/lists/*
