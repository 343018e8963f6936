FROM node:22
WORKDIR /app
COPY web/package.json web/package-lock.json web/
RUN cd web && npm ci
# all
COPY . .
