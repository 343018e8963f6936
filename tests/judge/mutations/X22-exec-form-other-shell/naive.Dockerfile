FROM dfix-tiny:1
SHELL ["/bin/sh", "-ec"]
CMD ["/bin/sh", "-c", "false; echo reached"]
