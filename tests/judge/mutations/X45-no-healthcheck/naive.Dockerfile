FROM dfix-tiny:1 AS base
HEALTHCHECK CMD true
FROM base
