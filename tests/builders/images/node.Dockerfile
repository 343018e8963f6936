# Debian's npm stands for the one that the official image brings; there is no yarn.
ARG BASE
FROM $BASE
ARG VERSION
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates nodejs npm && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node \
    && for tool in node npm npx; do ln -s "/usr/bin/$tool" "/usr/local/bin/$tool"; done
COPY --chmod=755 <<'EOF' /usr/local/bin/docker-entrypoint.sh
#!/bin/sh
# What is no command is for node: an option, an unknown name, a script that may not be run.
set -e
case ${1:-} in
-*) exec node "$@" ;;
esac
if [ -z "$(command -v "${1:-}")" ] || { [ -f "$1" ] && ! [ -x "$1" ]; }; then
  exec node "$@"
fi
exec "$@"
EOF
ENV NODE_VERSION=$VERSION
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node"]
