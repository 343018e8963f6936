FROM dfix-tiny:1
COPY --chmod=755 npm /usr/bin/npm
WORKDIR /w
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
