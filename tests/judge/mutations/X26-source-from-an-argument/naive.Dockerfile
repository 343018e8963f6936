FROM dfix-tiny:1
ARG FILES
ARG SRC=$FILES/plain.txt
COPY $SRC /d/
