FROM dfix-tiny:1 AS base
ONBUILD COPY --from=assets /x /x
FROM base
