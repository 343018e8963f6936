FROM dfix-tiny:1
ARG DEBUG
RUN [ "$DEBUG" ]
RUN touch /made
