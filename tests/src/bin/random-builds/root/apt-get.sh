#!/bin/busybox sh
# apt-get and apt, as far as a rewrite can tell: lists, archives, prompts, the status file and logs. Installed as apt-get and apt.
name=${0##*/}
state=/var/lib/apt
lists=$state/lists
cache=/var/cache/apt/archives

fail() { echo "E: $*" >&2; exit 100; }
installed() { [ -e "/var/lib/dpkg/info/$1.list" ]; }
listed() { [ -e "$lists/deb.debian.org_Packages" ] && case $1 in missing*) false ;; esac; }
depends() { case $1 in git) echo perl ;; build-essential) echo gcc make ;; python3-pip) echo python3 ;; esac; }
recommends() { case $1 in curl) echo ca-certificates ;; git) echo less ;; build-essential) echo fakeroot ;; esac; }
ask() {
  [ -n "$yes" ] && return
  # The end of the input counts as no.
  read -r answer && case $answer in '' | y* | Y*) return ;; esac
  echo Abort. >&2
  exit 71
}
unpack() {
  installed "$1" && return
  mkdir -p "/usr/share/doc/$1" "/usr/lib/$1" "$cache/partial"
  echo "$1" >"$cache/${1}_1_amd64.deb"
  echo "copyright of $1" >"/usr/share/doc/$1/copyright"
  echo "data of $1" >"/usr/lib/$1/data"
  [ "$1" != gcc ] || echo 'default gcc' >/etc/alternatives/cc
  [ "$1" != postgresql ] || useradd --system --home-dir /var/lib/postgresql postgres
  echo "/usr/lib/$1/data" >"/var/lib/dpkg/info/$1.list"
  printf 'Package: %s\nStatus: install ok installed\n\n' "$1" >>/var/lib/dpkg/status
  echo "status installed $1" >>/var/log/dpkg.log
  echo "Install: $1" >>/var/log/apt/history.log
}
drop() {
  installed "$1" || return 0
  rm -rf "/usr/lib/$1" "/usr/share/doc/$1" "/var/lib/dpkg/info/$1.list"
  sed -i "/^Package: $1\$/,/^\$/d" /var/lib/dpkg/status "$state/extended_states"
  echo "status removed $1" >>/var/log/dpkg.log
}

[ "$(id -u)" = 0 ] || [ "$1" = --version ] || fail 'are you root?'
yes= recommended=1 sub= operands= simulate=
while [ $# -gt 0 ]; do
  case $1 in
  -y | --yes | --assume-yes | -qq | -qqy | -yqq | -qy | -yq) yes=1 ;;
  --no-install-recommends) recommended= ;;
  -s | --simulate | --dry-run) simulate=1 ;;
  -o | -t) shift; case $1 in APT::Get::Assume-Yes=true) yes=1 ;; APT::Install-Recommends=*) recommended= ;; esac ;;
  -*) ;;
  *) if [ -z "$sub" ]; then sub=$1; else operands="$operands $1"; fi ;;
  esac
  shift
done
# The configuration that a Dockerfile may have written.
case $(cat /etc/apt/apt.conf.d/* 2>/dev/null) in *Assume-Yes*) yes=1 ;; esac

case $sub in
update)
  mkdir -p "$lists/partial"
  : >"$lists/lock"
  echo 'Packages of main' >"$lists/deb.debian.org_Packages"
  ;;
install | reinstall)
  new= extra=
  for operand in $operands; do
    package=${operand%%=*} package=${package%%/*}
    case $package in *-) removed="$removed ${package%-}"; extra=1; continue ;; esac
    installed "$package" && continue
    listed "$package" || fail "Unable to locate package $package"
    for needed in $(depends "$package") ${recommended:+$(recommends "$package")}; do
      installed "$needed" || { listed "$needed" && new="$new $needed" auto="$auto $needed" extra=1; }
    done
    new="$new $package"
  done
  [ -z "$simulate" ] || exit 0
  [ -z "$extra" ] || ask
  mkdir -p /var/log/apt "$cache/partial"
  : >"$cache/lock"
  for package in $new; do unpack "$package"; done
  for package in $auto; do
    case " $operands " in *" $package "*) ;; *) printf 'Package: %s\nAuto-Installed: 1\n\n' "$package" >>"$state/extended_states" ;; esac
  done
  for package in $removed; do drop "$package"; done
  if [ "$name" = apt ] || [ -e /etc/apt/apt.conf.d/docker-clean ]; then rm -f "$cache"/*.deb; fi
  ;;
remove | purge)
  for operand in $operands; do installed "$operand" && some=1; done
  [ -z "$some" ] || ask
  for operand in $operands; do drop "$operand"; done
  ;;
autoremove) ;;
upgrade | dist-upgrade | full-upgrade) ask; listed x || exit 0; echo "$sub" >>/var/log/apt/history.log ;;
clean | autoclean) rm -rf "$cache"/*; mkdir -p "$cache/partial"; : >"$cache/lock" ;;
'' | --version) ;;
*) fail "Invalid operation $sub" ;;
esac
