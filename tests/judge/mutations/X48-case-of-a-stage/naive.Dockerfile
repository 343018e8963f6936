FROM dfix-tiny:1 AS base
FROM base
