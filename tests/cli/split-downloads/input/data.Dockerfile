FROM example.org/base

ARG DATA_URL=https://example.org/data/days.tar.gz

WORKDIR /data

RUN wget -O days.tar.gz ${DATA_URL} && \
    tar -xf days.tar.gz days/first.csv && \
    rm -f days.tar.gz
