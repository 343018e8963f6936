#!/bin/busybox sh
# tar that knows a compressed archive by its content, as GNU tar does.
for word; do
  case $word in
  *.tar.gz | *.tgz | *.tar)
    if [ -f "$word" ] && [ "$(dd if="$word" bs=2 count=1 2>/dev/null | od -An -tx1)" = ' 1f 8b' ]; then
      exec /bin/busybox tar -z "$@"
    fi
    ;;
  esac
done
exec /bin/busybox tar "$@"
