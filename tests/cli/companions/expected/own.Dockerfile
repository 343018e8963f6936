FROM node:22
WORKDIR /app
COPY web/package.json web/package-lock.json ./
RUN npm ci
COPY web .
RUN npm run build
