FROM dfix-tiny:1
COPY <<EOF /f
a\
b
EOF
