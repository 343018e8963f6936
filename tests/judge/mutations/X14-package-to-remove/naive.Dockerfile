FROM debian:bookworm-slim
COPY repo.sh /
RUN printf '%s\n' 'foo 1 needed' 'needed 1' 'bar 1' | sh /repo.sh
RUN apt-get update && apt-get install -y bar foo foo-
