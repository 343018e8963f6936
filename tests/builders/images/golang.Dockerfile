ARG BASE
FROM $BASE
ARG VERSION
# Debian leaves Go's own archive of time zones out: it has the files.
RUN apt-get update && apt-get install -y --no-install-recommends "golang-$VERSION-go" tzdata zip \
    && ln -s "/usr/lib/go-$VERSION" /usr/local/go && mkdir -p /go/src /go/bin && chmod -R 1777 /go \
    && mkdir -p /usr/local/go/lib/time && cd /usr/share/zoneinfo && zip -0qr /usr/local/go/lib/time/zoneinfo.zip . \
    && apt-get purge -y zip && rm -rf /var/lib/apt/lists/*
ENV GOLANG_VERSION=$VERSION GOTOOLCHAIN=local GOPATH=/go PATH=/go/bin:/usr/local/go/bin:$PATH
WORKDIR /go
CMD ["bash"]
