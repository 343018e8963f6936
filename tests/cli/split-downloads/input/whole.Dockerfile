FROM example.org/base
WORKDIR /data
RUN wget -O days.tar.gz https://example.org/data/days.tar.gz && tar -xf days.tar.gz && rm -f days.tar.gz
