FROM debian:bookworm-20240311-slim
RUN printf '%s\n' 'foo 1 needed' 'needed 1' 'bar 1' | make-archive
RUN apt-get update && apt-get install -y bar foo foo-
