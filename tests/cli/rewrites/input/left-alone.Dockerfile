FROM debian:12
RUN make clean; make
RUN ["apt-get", "update"]
ONBUILD RUN apt-get update
ONBUILD ADD . /x
RUN cat <<END
CMD echo not an instruction
END
RUN [ -f /x ] && make
CMD ["make"]
