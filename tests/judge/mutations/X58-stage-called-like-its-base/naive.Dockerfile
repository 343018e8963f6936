FROM dfix-tiny:1 AS dfix-tiny
RUN touch /x
FROM dfix-tiny:1
