ARG BASE
FROM $BASE
ARG VERSION
RUN apt-get update && apt-get install -y --no-install-recommends git maven && rm -rf /var/lib/apt/lists/*
COPY --chmod=755 <<'EOF' /usr/local/bin/mvn-entrypoint.sh
#!/bin/sh
# The official image fills the local repository from /usr/share/maven/ref here; this one runs the command.
exec "$@"
EOF
ENV MAVEN_HOME=/usr/share/maven MAVEN_CONFIG=/root/.m2
ENTRYPOINT ["/usr/local/bin/mvn-entrypoint.sh"]
CMD ["mvn"]
