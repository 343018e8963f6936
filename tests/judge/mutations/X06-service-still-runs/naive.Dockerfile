FROM dfix-tiny:1
COPY --chmod=755 service /usr/bin/service
RUN service start && service start
