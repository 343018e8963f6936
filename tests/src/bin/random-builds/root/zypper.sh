#!/bin/busybox sh
# zypper, as far as a rewrite can tell.
cache=/var/cache/zypp
fail() { echo "$*" >&2; exit 4; }
[ "$(id -u)" = 0 ] || fail 'Root privileges are required.'
yes= sub= operands=
while [ $# -gt 0 ]; do
  case $1 in
  -y | --no-confirm | -n | --non-interactive) yes=1 ;;
  -*) ;;
  *) if [ -z "$sub" ]; then sub=$1; else operands="$operands $1"; fi ;;
  esac
  shift
done
fill() { mkdir -p "$cache/raw/main" "$cache/solv"; echo raw >"$cache/raw/main/repomd.xml"; echo solv >"$cache/solv/main"; }
ask() {
  [ -n "$yes" ] && return
  read -r answer && case $answer in y* | Y*) return ;; esac
  exit 71
}
case $sub in
install | in)
  fill
  for operand in $operands; do
    case $operand in missing*) echo "No provider of '$operand' found." >&2; exit 104 ;; esac
    [ -e "/usr/lib/$operand/data" ] || new="$new $operand"
  done
  [ -z "$new" ] || ask
  for package in $new; do
    mkdir -p "/usr/lib/$package"
    echo "data of $package" >"/usr/lib/$package/data"
    echo "$package" >>/var/lib/rpm/packages
  done
  echo install >>/var/log/zypper.log
  ;;
remove | rm)
  for operand in $operands; do
    [ -e "/usr/lib/$operand/data" ] || exit 104
    ask
    rm -rf "/usr/lib/$operand"
    sed -i "/^$operand\$/d" /var/lib/rpm/packages
  done
  ;;
refresh | ref) fill ;;
update | up) fill; ask ;;
clean | cc) rm -rf "$cache/raw" "$cache/solv" "$cache/packages" ;;
'' | --version) ;;
*) fail "Unknown command '$sub'" ;;
esac
