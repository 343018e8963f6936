FROM debian:bookworm-slim
COPY --link ca.crt /lib/x/
