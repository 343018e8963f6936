ARG BASE
FROM $BASE
ARG VERSION
RUN mkdir -p /usr/share/man/man1 && apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates "openjdk-$VERSION-jdk-headless" && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /usr/local && ln -s "/usr/lib/jvm/java-$VERSION-openjdk-"* /usr/local/openjdk-$VERSION
ENV JAVA_HOME=/usr/local/openjdk-$VERSION LANG=C.UTF-8
ENV PATH=/usr/local/openjdk-$VERSION/bin:$PATH
CMD ["jshell"]
