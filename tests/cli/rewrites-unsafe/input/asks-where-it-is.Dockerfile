FROM debian:12
RUN mkdir -p /var/tmp/kit && \
    cd /var/tmp/kit && \
    echo "$(pwd)"
