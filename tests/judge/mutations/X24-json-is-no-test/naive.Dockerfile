FROM dfix-tiny:1
ARG DEBUG
COPY --chmod=755 odd /usr/bin/\$DEBUG
RUN test "$DEBUG"
