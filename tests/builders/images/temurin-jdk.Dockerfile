ARG BASE
FROM $BASE
ARG VERSION
RUN mkdir -p /usr/share/man/man1 && apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates "openjdk-$VERSION-jdk-headless" curl && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /opt/java && ln -s "/usr/lib/jvm/java-$VERSION-openjdk-"* /opt/java/openjdk
ENV JAVA_HOME=/opt/java/openjdk LANG=C.UTF-8
ENV PATH=/opt/java/openjdk/bin:$PATH
COPY --chmod=755 <<'EOF' /__cacert_entrypoint.sh
#!/bin/sh
# The official image may add certificates here; this one runs the command.
exec "$@"
EOF
ENTRYPOINT ["/__cacert_entrypoint.sh"]
CMD ["jshell"]
