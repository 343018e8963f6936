# The npm that the official image brings, where the host has an npm to fetch it with (context/npm.tgz); else Debian's, which is made
# of some 350 packages. There is no yarn.
ARG BASE
FROM $BASE
ARG VERSION
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
RUN --mount=type=bind,target=/context \
    apt-get update && apt-get install -y --no-install-recommends ca-certificates nodejs && ln -s /usr/bin/node /usr/local/bin/node \
    && if [ -e /context/npm.tgz ]; then \
      npm=/usr/local/lib/node_modules/npm; \
      mkdir -p "$npm" && tar -xzf /context/npm.tgz --strip-components=1 --no-same-owner -C "$npm" \
      && echo 'prefix=/usr/local' >"$npm/npmrc" \
      && for tool in npm npx; do ln -s "../lib/node_modules/npm/bin/$tool-cli.js" "/usr/local/bin/$tool"; done; \
    else \
      apt-get install -y --no-install-recommends npm && for tool in npm npx; do ln -s "/usr/bin/$tool" "/usr/local/bin/$tool"; done; \
    fi \
    && rm -rf /var/lib/apt/lists/*
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
