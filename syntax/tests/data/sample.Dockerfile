# syntax=docker/dockerfile:1
# check=skip=JSONArgsRecommended

ARG VERSION=3.20 EMPTY
FROM --platform=$BUILDPLATFORM "alpine:${VERSION:-3}" AS base
# the author
MAINTAINER Ann Ö <ann@example.com>
LABEL org.example.title="a b" 'x'=y \
    # about the version
      version=1
ENV PATH=/opt/bin:$PATH A='$B' C=\$D
ENV LEGACY some value  with "blanks"

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN set -eu; \
    apk add --no-cache \
        # for downloads
        curl \

        tar && \
    echo "${VERSION}" | tee /version # done
RUN --mount=type=cache,target=/root/.cache --network=none <<EOF
echo "one"

# a comment of the shell
if true; then echo $HOME; fi
EOF
RUN <<-'A' cat >/a && cat <<B >/b
	first
	A
second \
B
RUN [ "echo", \
      "a\u0020b" ]
COPY --from=base --chown=1:1 a "b c" /d/
COPY [ "a b", "c" ]
COPY <<x.txt <<"y.txt" /etc/
$x
x.txt
$y
y.txt
ADD --checksum=sha256:00 https://example.com/x.tar.gz /tmp/
FROM base
WORKDIR /app/$A
USER app:app
EXPOSE 80/tcp 443
VOLUME /data "/more"
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --retries=3 CMD curl -f http://localhost/ || exit 1
ONBUILD RUN <<E
echo hi
E
onbuild copy . .
ENTRYPOINT ["/entry"]
CMD exec server --port "$PORT"
