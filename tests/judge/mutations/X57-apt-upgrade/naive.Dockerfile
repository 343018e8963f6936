FROM debian:bookworm-20240311-slim
RUN printf '%s\n' 'a 1' | make-archive
RUN apt-get update && apt-get install -y a
RUN printf '%s\n' 'a 2 b' 'b 1' | make-archive
RUN apt-get update
RUN apt-get upgrade -y
