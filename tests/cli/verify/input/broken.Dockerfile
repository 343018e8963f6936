FROM debian:12
RNU make
