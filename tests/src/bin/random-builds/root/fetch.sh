#!/bin/busybox sh
# curl and wget: a made-up web server whose files are their own addresses, or archives where the name says so.
name=${0##*/}
out= url= remote=
while [ $# -gt 0 ]; do
  case $1 in
  -o | --output) [ "$name" = curl ] && { shift; out=$1; } ;;
  -O) if [ "$name" = wget ]; then shift; out=$1; else remote=1; fi ;;
  -*O) if [ "$name" = curl ]; then remote=1; else shift; out=$1; fi ;;
  -*o) [ "$name" = curl ] && { shift; out=$1; } ;;
  -P) shift; prefix=$1/ ;;
  -*) ;;
  *) url=$1 ;;
  esac
  shift
done
[ -n "$url" ] || exit 2
case $url in *missing*) echo "$name: 404: $url" >&2; exit 22 ;; esac
[ "$name" != wget ] && [ -z "$remote" ] || out=${out:-$prefix${url##*/}}
make() {
  case $url in
  *.tar.gz | *.tgz | *.tar)
    work=/tmp/.fetch.$$
    mkdir -p "$work/tool-1/bin"
    echo "$url" >"$work/tool-1/README"
    printf '#!/bin/sh\necho tool\n' >"$work/tool-1/bin/tool"
    chmod 755 "$work/tool-1/bin/tool"
    find "$work/tool-1" -exec touch -t 202001010000 {} +
    case $url in *gz) tar -C "$work" -cf - tool-1 | gzip -c ;; *) tar -C "$work" -cf - tool-1 ;; esac
    rm -rf "$work"
    ;;
  *) echo "content of $url" ;;
  esac
}
if [ -z "$out" ] || [ "$out" = - ]; then make; else make >"$out"; fi
