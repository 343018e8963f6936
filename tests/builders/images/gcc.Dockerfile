ARG BASE
FROM $BASE
ARG VERSION
ENV GCC_VERSION=$VERSION
# The official image has its own compiler under /usr/local, with its libraries.
RUN for tool in gcc g++ cpp gcov; do ln -s "/usr/bin/$tool" "/usr/local/bin/$tool"; done && ln -s gcc /usr/local/bin/cc \
    && mkdir -p /usr/local/lib64 && cp -L "$(gcc -print-file-name=libgcc_s.so.1)" /usr/local/lib64/ \
    && cp -a "$(dirname "$(gcc -print-file-name=libstdc++.so.6)")"/libstdc++.so.6* /usr/local/lib64/ \
    && echo /usr/local/lib64 >/etc/ld.so.conf.d/000-local-lib.conf && ldconfig
CMD ["bash"]
