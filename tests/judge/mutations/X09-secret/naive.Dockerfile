FROM dfix-tiny:1
RUN --mount=type=secret,id=token wc -c </run/secrets/token >/a && { ls /run/secrets >/b 2>/dev/null || true; }
