#!/bin/busybox sh
# A program that no table knows. It tells in a file of the current directory what it can see of its surroundings:
# the directory, the user, the mask, variables, and the names of files here.
[ "$1" != --fail ] || exit 3
out=${1:-build.log}
{
  echo "directory $(pwd)"
  echo "user $(id -u):$(id -g) $(id -G)"
  echo "mask $(umask)"
  echo "arguments $*"
  env | grep -v -E '^(_|OLDPWD|SHLVL|PWD)=' | sort
  ls -A
} >"$out.new" 2>&1
mv "$out.new" "$out"
