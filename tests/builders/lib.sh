# shellcheck shell=bash
# What the scripts of this folder share: places, and how to give up. Read by them with `.`, never run.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)

# Where the builders live. Absolute and without links, as clones that share a place must come to the same name for it.
DFIX_BUILDERS=$(realpath -m -- "${DFIX_BUILDERS:-$project/target/builders}")
export DFIX_BUILDERS
tree=$DFIX_BUILDERS/tree

# Sockets live under a short name of their own for each place: a unix socket's path has at most 108 bytes.
run=/run/dfix-builders-$(printf %s "$DFIX_BUILDERS" | sha256sum | cut -c 1-12)
export DOCKER_HOST=unix://$run/docker.sock
export DOCKER_CONFIG=$DFIX_BUILDERS/docker-config

say() { echo "tests/builders/${0##*/}: $*" >&2; }
# This machine cannot do it: a test may skip, loudly.
cannot() { say "$*"; exit 3; }
# It should have worked.
die() { say "$*"; exit 2; }

need_root() { [ "$(id -u)" = 0 ] || cannot 'only root can do this (mounts and namespaces)'; }

# locked NAME: one at a time for each name and place; the lock ends with the calling shell.
locked() {
  mkdir -p "$DFIX_BUILDERS/locks"
  exec {lock}>"$DFIX_BUILDERS/locks/$1"
  flock "$lock"
}

has_docker() { [ -x "$tree/usr/sbin/dockerd" ] || [ -x "$tree/usr/bin/dockerd" ]; }
has_buildah() { [ -x "$tree/usr/bin/buildah" ]; }
answers() { [ -S "$run/docker.sock" ] && timeout 10 "$here/bin/docker" version >/dev/null 2>&1; }

# install COMMAND PACKAGE: a command of the system itself, which apt brings when it is missing.
install() {
  command -v "$1" >/dev/null && return
  command -v apt-get >/dev/null || cannot "$1 is missing, and there is no apt-get to install $2"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2"; } >/dev/null 2>&1 ||
    cannot "$1 is missing, and apt-get cannot install $2"
}
