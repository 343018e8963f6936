FROM alpine:3.20 AS alpine
RUN apk add jq
RUN apk update && apk add tig

FROM fedora:40 AS fedora
RUN dnf install -y jq

FROM node:20 AS npm
RUN npm ci

FROM node:20 AS yarn
RUN yarn install

FROM node:20 AS mount
RUN --mount=type=cache,target=/root/.npm npm ci
