# What most sources need to be built, without the many development packages of the official image.
ARG BASE
FROM $BASE
RUN apt-get update && apt-get install -y --no-install-recommends \
      autoconf automake bzip2 ca-certificates curl file g++ gcc git gnupg libc6-dev libffi-dev libssl-dev libtool make patch \
      pkg-config procps unzip wget xz-utils zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
