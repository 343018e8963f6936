FROM dfix-tiny:1
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN echo a | cat >/a
