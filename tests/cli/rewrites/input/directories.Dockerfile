FROM node:20-slim
RUN mkdir -p /srv/web && cd /srv/web && npm init -y
WORKDIR /srv/web
COPY . .
