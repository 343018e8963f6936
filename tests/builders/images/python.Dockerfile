# Debian's Python under the places of the official image's, which pip may install into: what Debian calls dist-packages is
# site-packages there.
ARG BASE
FROM $BASE
ARG VERSION
ENV PATH=/usr/local/bin:$PATH
ENV LANG=C.UTF-8
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates python3-pip python3-venv && rm -rf /var/lib/apt/lists/* \
    && rm -f /usr/lib/python3*/EXTERNALLY-MANAGED && cd /usr/local/bin \
    && ln -s "/usr/bin/python$VERSION" "python$VERSION" && ln -s "python$VERSION" python3 && ln -s python3 python \
    && ln -s /usr/bin/pip3 pip3 && ln -s pip3 pip \
    && cd "/usr/local/lib/python$VERSION" && rm -rf dist-packages && mkdir site-packages && ln -s site-packages dist-packages
ENV PYTHON_VERSION=$VERSION
CMD ["python3"]
