FROM dfix-tiny:1 AS build
RUN echo first >/x
FROM dfix-tiny:1 AS build
RUN echo second >/x
FROM dfix-tiny:1
COPY --from=build /x /x
