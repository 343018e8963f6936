ARG BASE
FROM $BASE
ARG VERSION
ENV GCC_VERSION=$VERSION
# The official image has its own compiler under /usr/local.
RUN for tool in gcc g++ cpp gcov; do ln -s "/usr/bin/$tool" "/usr/local/bin/$tool"; done && ln -s gcc /usr/local/bin/cc
CMD ["bash"]
