FROM debian:bookworm-slim
COPY repo.sh /
RUN printf '%s\n' 'a 1' | sh /repo.sh
RUN apt-get update && apt-get install -y a
RUN printf '%s\n' 'a 2 b' 'b 1' | sh /repo.sh
RUN apt-get update
RUN apt-get upgrade -y
