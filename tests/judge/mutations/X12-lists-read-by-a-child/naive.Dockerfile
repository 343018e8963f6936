FROM debian:bookworm-20240311-slim AS base
RUN printf '%s\n' 'a 1' 'b 1' | make-archive
RUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*
FROM base
RUN apt-get install -y b
