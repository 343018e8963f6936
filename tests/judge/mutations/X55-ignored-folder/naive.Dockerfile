FROM dfix-tiny:1
COPY . /w
RUN cat /w/history/HEAD >/version
