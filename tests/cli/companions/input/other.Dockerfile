FROM node:22
WORKDIR /app
# all
COPY . .
RUN cd web && npm ci
