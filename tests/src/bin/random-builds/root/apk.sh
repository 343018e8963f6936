#!/bin/busybox sh
# apk, as far as a rewrite can tell: the index in /var/cache/apk, the world file, virtual packages.
index=/var/cache/apk/APKINDEX.main.tar.gz
db=/lib/apk/db

fail() { echo "ERROR: $*" >&2; exit 1; }
installed() { [ -e "$db/of-$1" ]; }
record() {
  installed "$1" && return
  mkdir -p "/usr/lib/$1"
  echo "data of $1" >"/usr/lib/$1/data"
  echo "$1" >"$db/of-$1"
  { echo "P:$1"; cat "$db/installed"; } | sort >"$db/.installed"
  cat "$db/.installed" >"$db/installed"
  rm "$db/.installed"
}
fetch() { echo index >"$index"; }

[ "$(id -u)" = 0 ] || fail 'Unable to open log: Permission denied'
fresh= keep=1 virtual= sub= operands=
while [ $# -gt 0 ]; do
  case $1 in
  --no-cache) fresh=1 keep= ;;
  -U | --update | --update-cache | -Uu) fresh=1 ;;
  -t | --virtual) shift; virtual=$1 ;;
  --virtual=*) virtual=${1#*=} ;;
  -X | --repository | -p | --root) shift ;;
  -*) ;;
  *) if [ -z "$sub" ]; then sub=$1; else operands="$operands $1"; fi ;;
  esac
  shift
done
case $sub in
update) [ -z "$keep" ] || fetch ;;
upgrade) [ -z "$fresh" ] || [ -z "$keep" ] || fetch ;;
add)
  [ -z "$fresh" ] || [ -z "$keep" ] || fetch
  for operand in $operands; do
    package=${operand%%[=<>~]*}
    installed "$package" && continue
    case $package in missing*) fail "unable to select packages: $package (no such package)" ;; esac
    [ -e "$index" ] || [ -n "$fresh" ] || exit 72
  done
  for operand in $operands; do
    package=${operand%%[=<>~]*}
    record "$package"
    [ -z "$virtual" ] || continue
    if ! grep -qxF "$operand" /etc/apk/world; then
      { echo "$operand"; cat /etc/apk/world; } | sort -u >/etc/apk/.world
      cat /etc/apk/.world >/etc/apk/world
      rm /etc/apk/.world
    fi
  done
  if [ -n "$virtual" ]; then
    echo "$operands" >"$db/of-$virtual"
    echo "$virtual" >>/etc/apk/world
  fi
  ;;
del)
  for operand in $operands; do
    grep -qxF "$operand" /etc/apk/world || fail "no such package: $operand"
    case $operand in .*) gone="$gone $(cat "$db/of-$operand")"; rm -f "$db/of-$operand" ;; *) gone="$gone $operand" ;; esac
    grep -vxF "$operand" /etc/apk/world >/etc/apk/.world
    mv /etc/apk/.world /etc/apk/world
  done
  for package in $gone; do
    grep -qxF "$package" /etc/apk/world && continue
    rm -rf "/usr/lib/$package" "$db/of-$package"
    sed -i "/^P:$package\$/d" "$db/installed"
  done
  ;;
cache) case $operands in *clean*) rm -f /var/cache/apk/*.apk ;; esac ;;
info | '' | --version) ;;
*) fail "'$sub' is not an apk command" ;;
esac
