ARG BASE
FROM $BASE
ARG VERSION
RUN apt-get update && apt-get install -y --no-install-recommends "golang-$VERSION-go" && rm -rf /var/lib/apt/lists/* \
    && ln -s "/usr/lib/go-$VERSION" /usr/local/go && mkdir -p /go/src /go/bin && chmod -R 1777 /go
ENV GOLANG_VERSION=$VERSION GOTOOLCHAIN=local GOPATH=/go PATH=/go/bin:/usr/local/go/bin:$PATH
WORKDIR /go
CMD ["bash"]
