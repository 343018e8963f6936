FROM dfix-tiny:1
RUN set -o pipefail && yes | head -n 1 >/a
