FROM dfix-tiny:1
RUN (set -e; false; true) && true
