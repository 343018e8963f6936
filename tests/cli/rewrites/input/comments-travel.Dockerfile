FROM debian:12
# what the compiler needs
RUN apt-get update && apt-get install -y \
    # for the grammar
    bison \
    flex
# for the probe below
RUN apt-get install -y netcat-openbsd
USER daemon
