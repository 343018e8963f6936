FROM dfix-tiny:1 AS base
ONBUILD COPY --from=dfix-tiny /etc/group /x
FROM base
