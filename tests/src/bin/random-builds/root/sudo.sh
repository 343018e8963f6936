#!/bin/busybox sh
# sudo for root: another environment, the same user.
while [ $# -gt 0 ]; do case $1 in -*) shift ;; *) break ;; esac; done
exec /bin/busybox env -i PATH="$PATH" HOME=/root SUDO_USER=root "$@"
