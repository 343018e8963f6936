FROM dfix-tiny:1
COPY --chmod=755 pip /usr/bin/pip
WORKDIR /w
COPY pyproject.toml .
RUN pip install -e .
COPY . .
