#!/bin/busybox sh
# pip, as far as a rewrite can tell: packages, the cache below HOME (or PIP_CACHE_DIR), requirements files.
cache=${PIP_CACHE_DIR:-$HOME/.cache/pip} site=/usr/lib/python3/site-packages
case ${PIP_NO_CACHE_DIR:-0} in 1 | true | yes | on) cache= ;; esac
sub= operands=
while [ $# -gt 0 ]; do
  case $1 in
  --no-cache-dir) cache= ;;
  --cache-dir) shift; cache=$1 ;;
  --cache-dir=*) cache=${1#*=} ;;
  --user) site=$HOME/.local/lib/python3/site-packages ;;
  -t | --target) shift; site=$1 ;;
  -r | --requirement)
    shift
    [ -r "$1" ] || { echo "ERROR: Could not open requirements file: '$1'" >&2; exit 1; }
    operands="$operands $(cat "$1")"
    ;;
  -*) ;;
  *) if [ -z "$sub" ]; then sub=$1; else operands="$operands $1"; fi ;;
  esac
  shift
done
case $sub in
install)
  [ -n "$operands" ] || { echo 'ERROR: You must give at least one requirement to install' >&2; exit 1; }
  for operand in $operands; do
    package=${operand%%[=<>~[]*}
    case $package in missing*) echo "ERROR: No matching distribution found for $package" >&2; exit 1 ;; esac
    if [ "$package" = . ]; then [ -e setup.py ] || exit 1; package=local; fi
    [ -e "$site/$package/__init__.py" ] && continue
    if [ -n "$cache" ] && mkdir -p "$cache/http" 2>/dev/null; then echo "$package" >"$cache/http/$package"; fi
    mkdir -p "$site/$package" && echo "# $operand" >"$site/$package/__init__.py" || exit 1
  done
  ;;
uninstall) for operand in $operands; do rm -rf "$site/$operand"; done ;;
download) for operand in $operands; do echo "$operand" >"$operand.whl"; [ -z "$cache" ] || { mkdir -p "$cache/http"; echo "$operand" >"$cache/http/$operand"; }; done ;;
cache)
  [ -n "$cache" ] || { echo 'ERROR: pip cache commands can not function since cache is disabled.' >&2; exit 1; }
  case $operands in *purge*) rm -rf "$cache/http" ;; esac
  ;;
list | freeze | '' | --version) ;;
*) exit 1 ;;
esac
