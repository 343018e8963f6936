FROM debian:bookworm-slim AS base
COPY repo.sh /
RUN printf '%s\n' 'a 1' 'b 1' | sh /repo.sh
RUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*
FROM base
RUN apt-get install -y b
