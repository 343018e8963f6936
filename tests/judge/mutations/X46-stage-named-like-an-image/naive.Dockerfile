FROM dfix-tiny:1 AS dfix-tiny
RUN echo stage >>/etc/group
FROM dfix-tiny:1
COPY --from=dfix-tiny /etc/group /y
COPY --from=dfix-tiny /etc/group /z
