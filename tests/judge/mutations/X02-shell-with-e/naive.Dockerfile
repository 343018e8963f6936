FROM dfix-tiny:1
SHELL ["/bin/sh", "-ec"]
RUN { false; true; } && true
