FROM debian:bookworm-slim
COPY repo.sh /
RUN printf '%s\n' 'foo 1 bar' 'bar 1' | sh /repo.sh
RUN apt-get update
RUN apt-get install -y foo || true
