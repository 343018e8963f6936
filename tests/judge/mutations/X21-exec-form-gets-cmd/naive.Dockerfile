FROM dfix-tiny:1
ENTRYPOINT ["echo", "started"]
CMD ["--help"]
