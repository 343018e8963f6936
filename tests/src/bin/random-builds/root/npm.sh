#!/bin/busybox sh
# npm and yarn, as far as a rewrite can tell: node_modules, and each one's cache.
name=${0##*/}
home=$HOME
if [ "$name" = npm ]; then
  cache=${npm_config_cache:-$home/.npm}/_cacache
elif [ "$(id -u)" = 0 ]; then
  cache=${YARN_CACHE_FOLDER:-/usr/local/share/.cache/yarn}/v6
else
  cache=${YARN_CACHE_FOLDER:-$home/.cache/yarn}/v6
fi
fail() { echo "$name error: $*" >&2; exit 1; }
sub= operands= global= force= offline=
while [ $# -gt 0 ]; do
  case $1 in
  -g | --global | --location=global) global=1 ;;
  --force | -f) force=1 ;;
  --offline | --prefer-offline) offline=1 ;;
  --prefix | --cwd) shift; cd "$1" || exit 1 ;;
  -*) ;;
  *) if [ -z "$sub" ]; then sub=$1; else operands="$operands $1"; fi ;;
  esac
  shift
done
[ "$name $sub" != 'yarn ' ] || sub=install
case $sub,$operands in global,\ add\ *) global=1 sub=add operands=${operands# add} ;; esac
one() {
  case $1 in missing*) fail "404 Not Found: $1" ;; esac
  if [ -n "$offline" ]; then [ -e "$cache/$1" ] || fail "ENOTCACHED $1"; fi
  mkdir -p "$cache" && echo "$1" >"$cache/$1"
  mkdir -p "$modules/$1" && echo "$1" >"$modules/$1/index.js" || fail EACCES
}
modules=node_modules
[ -z "$global" ] || modules=/usr/local/lib/node_modules
case $sub in
install | i | ci | add)
  [ "$name" != npm ] || mkdir -p "${cache%/_cacache}/_logs"
  if [ -z "$operands" ]; then
    [ -e package.json ] || fail 'ENOENT package.json'
    [ "$sub" != ci ] || [ -e package-lock.json ] || fail 'The `npm ci` command can only install with an existing package-lock.json'
    one express
    [ "$NODE_ENV" = production ] || one jest
  fi
  for operand in $operands; do one "$operand"; done
  ;;
run | build | start | test)
  [ -e package.json ] || fail 'ENOENT package.json'
  mkdir -p dist
  ls node_modules >dist/bundle.js 2>/dev/null || fail 'no modules'
  ;;
init) echo '{}' >package.json ;;
cache)
  case $operands in
  *clean*)
    if [ "$name" = npm ]; then
      [ -n "$force" ] || fail 'As of npm@5, the npm cache self-heals. Use --force.'
      rm -rf "$cache"
    else
      rm -rf "$cache" && mkdir -p "$cache"
    fi
    ;;
  esac
  ;;
'' | --version) ;;
*) fail "unknown command $sub" ;;
esac
