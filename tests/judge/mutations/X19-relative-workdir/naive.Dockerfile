FROM dfix-tiny:1 AS base
WORKDIR /srv
FROM base
WORKDIR /app
