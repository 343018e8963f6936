FROM dfix-tiny:1
