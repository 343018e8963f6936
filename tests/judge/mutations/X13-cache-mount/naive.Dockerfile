FROM dfix-tiny:1
COPY --chmod=755 pip /usr/bin/pip
RUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir x
RUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir x
