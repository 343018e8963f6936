FROM debian:12
WORKDIR /var/tmp/kit
RUN echo "$(pwd)"
