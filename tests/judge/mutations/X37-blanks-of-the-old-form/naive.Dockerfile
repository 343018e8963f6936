FROM dfix-tiny:1
ENV MSG="it's two blanks"
