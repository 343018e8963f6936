FROM dfix-tiny:1
RUN echo 'worker:x:1234:1234::/:/bin/sh' >>/etc/passwd && echo 'worker:x:1234:' >>/etc/group
WORKDIR /app
COPY --chown=worker . .
