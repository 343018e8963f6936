FROM dfix-tiny:1
RUN <<E
set -e
echo a >/a
echo b >/b
E
