#!/bin/busybox sh
# dnf, yum and microdnf, as far as a rewrite can tell. Each keeps its metadata and its log in a place of its own.
name=${0##*/}
case $name in microdnf) cache=/var/cache/yum ;; *) cache=/var/cache/$name ;; esac

fail() { echo "Error: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail 'This command has to be run with superuser privileges'
yes= sub= operands=
while [ $# -gt 0 ]; do
  case $1 in
  -y | --assumeyes | -qy | -yq) yes=1 ;;
  -C | --cacheonly) only=1 ;;
  -*) ;;
  *) if [ -z "$sub" ]; then sub=$1; else operands="$operands $1"; fi ;;
  esac
  shift
done
fill() {
  if [ -n "$only" ]; then
    [ -e "$cache/main/repomd.xml" ] || fail 'Cache-only enabled but no cache for main'
    return
  fi
  mkdir -p "$cache/main"
  echo metadata >"$cache/main/repomd.xml"
  echo "$sub" >>"/var/log/$name.log"
}
ask() {
  [ -n "$yes" ] || [ "$name" = microdnf ] && return
  read -r answer && case $answer in y* | Y*) return ;; esac
  exit 71
}
case $sub in
install | reinstall | groupinstall)
  fill
  for operand in $operands; do
    case $operand in missing*) fail "Unable to find a match: $operand" ;; esac
    [ -e "/usr/lib/$operand/data" ] || new="$new $operand"
  done
  [ -z "$new" ] || ask
  for package in $new; do
    mkdir -p "/usr/lib/$package"
    echo "data of $package" >"/usr/lib/$package/data"
    echo "$package" >>/var/lib/rpm/packages
  done
  ;;
remove | erase | autoremove)
  for operand in $operands; do
    [ -e "/usr/lib/$operand/data" ] || continue
    ask
    rm -rf "/usr/lib/$operand"
    sed -i "/^$operand\$/d" /var/lib/rpm/packages
  done
  ;;
makecache | check-update) fill ;;
update | upgrade) fill; ask ;;
clean) case $operands in *all*) rm -rf "$cache/main" ;; *) fail 'clean what?' ;; esac ;;
'' | --version) ;;
*) fail "No such command: $sub" ;;
esac
