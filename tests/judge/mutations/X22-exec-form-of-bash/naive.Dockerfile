FROM debian:bookworm-slim
SHELL ["/bin/bash", "-c"]
CMD ["/bin/sh", "-c", "text=abcdef; echo ${text:0:3}"]
