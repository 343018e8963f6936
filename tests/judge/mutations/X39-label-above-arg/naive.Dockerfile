FROM dfix-tiny:1
LABEL v=$V
ARG V
