FROM debian:12-slim

RUN apt-get update
RUN apt-get install -y jq=1.6-2.1
RUN apt-get install -y netcat-openbsd
