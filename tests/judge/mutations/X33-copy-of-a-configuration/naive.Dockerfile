FROM dfix-tiny:1
COPY --chmod=755 pip /usr/bin/pip
RUN pip install x
COPY pip.conf /etc/
