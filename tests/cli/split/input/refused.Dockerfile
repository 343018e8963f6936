FROM debian:12
RUN apt-get update && apt-get install -y gcc make
COPY . /src
RUN ./setup.sh
RUN make -C /src all install
CMD ["server"]
