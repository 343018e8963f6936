#!/bin/busybox sh
# git clone of a made-up repository.
[ "$1" = clone ] || exit 0
shift
while [ $# -gt 0 ]; do
  case $1 in
  -b | --branch | --depth) shift ;;
  -*) ;;
  *) if [ -z "$url" ]; then url=$1; else to=$1; fi ;;
  esac
  shift
done
case $url in *missing*) exit 128 ;; esac
to=${to:-$(basename "$url" .git)}
[ ! -e "$to" ] || [ -z "$(ls -A "$to")" ] || exit 128
mkdir -p "$to/.git" "$to/src" && echo "$url" >"$to/.git/config" && echo 'all:' >"$to/Makefile" && echo code >"$to/src/main.c"
