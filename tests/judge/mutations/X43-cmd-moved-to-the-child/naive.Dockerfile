FROM dfix-tiny:1 AS b
FROM b
CMD ["x"]
ENTRYPOINT ["echo", "y"]
