FROM node:22
WORKDIR /app
COPY web .
RUN npm ci && npm run build
