FROM dfix-tiny:1
SHELL ["/bin/sh", "-ec"]
CMD false; echo reached
