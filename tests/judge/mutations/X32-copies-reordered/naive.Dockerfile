FROM dfix-tiny:1
COPY b/ /d/
COPY a/ /d/
