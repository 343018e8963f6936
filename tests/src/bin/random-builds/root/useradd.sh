#!/bin/busybox sh
# useradd, groupadd, adduser and addgroup, of Debian or of busybox: the next free number, /etc/passwd, /etc/group, a home.
name=${0##*/}
busybox=
[ ! -e /etc/alpine-release ] || busybox=1
fail() { echo "$name: $*" >&2; exit "${2:-1}"; }
[ "$(id -u)" = 0 ] || fail 'Permission denied.'
uid= gid= home= shell=/bin/sh system= group= operands= makehome= disabled=
case $name in adduser) makehome=1 ;; esac
while [ $# -gt 0 ]; do
  case $1 in
  -u | --uid) shift; uid=$1 ;;
  -g | --gid) shift; case $name in groupadd | addgroup) gid=$1 ;; *) group=$1 ;; esac ;;
  --uid=*) uid=${1#*=} ;;
  --gid=*) case $name in groupadd) gid=${1#*=} ;; *) group=${1#*=} ;; esac ;;
  -h | -d | --home | --home-dir) shift; home=$1 ;;
  -s | --shell) shift; shell=$1 ;;
  -G | --groups | --ingroup) shift; [ -n "$busybox" ] || [ "$1" = "${1#--in}" ] && group=$1 ;;
  -c | --comment | --gecos) shift ;;
  -r | --system) system=1 ;;
  -S) system=1 ;;
  -m | --create-home) makehome=1 ;;
  -M | -H | --no-create-home) makehome=0 ;;
  -ms) makehome=1; shift; shell=$1 ;;
  -l | -N | -U | -o | -D | --group | --quiet | --disabled-password | --disabled-login | --no-log-init) ;;
  -*) ;;
  *) operands="$operands $1" ;;
  esac
  shift
done
set -- $operands
[ $# -gt 0 ] || fail 'no name' 2
number() { # FILE FROM
  next=$2
  while cut -d: -f3 "$1" | grep -qx "$next"; do next=$((next + 1)); done
  echo "$next"
}
first=1000
[ -z "$system" ] || first=100
add_group() { # NAME GID
  ! grep -q "^$1:" /etc/group || fail "group '$1' already exists" 9
  echo "$1:x:$2:" >>/etc/group
}
case $name in
groupadd | addgroup) add_group "$1" "${gid:-$(number /etc/group $first)}" ;;
*)
  if [ "$name" = adduser ] && [ $# = 2 ] && grep -q "^$1:" /etc/passwd; then
    sed -i "s/^\($2:.*\)\$/\1$1/" /etc/group
    exit
  fi
  ! grep -q "^$1:" /etc/passwd || fail "user '$1' already exists" 9
  uid=${uid:-$(number /etc/passwd $first)}
  if [ -n "$group" ]; then
    case $group in
    *[!0-9]*) gid=$(grep "^$group:" /etc/group | cut -d: -f3) ;;
    *) gid=$group ;;
    esac
    [ -n "$gid" ] || fail "group '$group' does not exist" 6
  else
    gid=$uid
    add_group "$1" "$gid"
  fi
  home=${home:-/home/$1}
  echo "$1:x:$uid:$gid::$home:$shell" >>/etc/passwd
  if [ "$makehome" = 1 ] && [ ! -e "$home" ]; then
    mkdir -p "$home"
    chown "$uid:$gid" "$home"
    echo '# profile' >"$home/.profile"
    chown "$uid:$gid" "$home/.profile"
  fi
  ;;
esac
