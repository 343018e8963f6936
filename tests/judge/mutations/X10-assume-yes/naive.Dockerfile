FROM debian:bookworm-20240311-slim
RUN printf '%s\n' 'foo 1 bar' 'bar 1' | make-archive
RUN apt-get update
RUN apt-get install -y foo || true
