FROM dfix-tiny:1
COPY rootfs.img /
