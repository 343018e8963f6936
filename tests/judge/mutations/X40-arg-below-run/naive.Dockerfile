FROM dfix-tiny:1
COPY --chmod=755 go /usr/bin/go
RUN go build
ARG GOFLAGS
