FROM dfix-tiny:1
ENV A=/x PATH=$A/bin:$PATH
