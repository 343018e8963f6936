FROM node:20-slim
WORKDIR /srv/web
RUN npm init -y
COPY . /srv/web
