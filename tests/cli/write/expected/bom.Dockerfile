FROM debian:12
RUN b
RUN a