#!/bin/sh
# Makes the apt repository that this image installs from: one package for each line of standard input, "NAME VERSION [DEPENDS]".
# It replaces the image's sources, so that no network is needed; the date is fixed, so that two builds give the same bytes.
set -eu
export SOURCE_DATE_EPOCH=0
mkdir -p /repo
while read -r name version depends; do
  tree=$(mktemp -d)
  chmod 755 "$tree"
  mkdir -p "$tree/DEBIAN" "$tree/opt"
  echo "$version" >"$tree/opt/$name"
  {
    printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: Nobody <nobody@localhost>\n' "$name" "$version"
    [ -z "$depends" ] || echo "Depends: $depends"
    echo "Description: $name"
  } >"$tree/DEBIAN/control"
  dpkg-deb --build --root-owner-group "$tree" "/repo/$name-$version.deb" >/dev/null
  rm -r "$tree"
done
for file in /repo/*.deb; do
  dpkg-deb --field "$file"
  printf 'Filename: .%s\nSize: %s\nSHA256: %s\n\n' "${file#/repo}" "$(stat -c %s "$file")" "$(sha256sum "$file" | cut -d ' ' -f 1)"
done >/repo/Packages
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/repo ./' >/etc/apt/sources.list
