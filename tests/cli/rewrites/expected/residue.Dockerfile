FROM alpine:3.20 AS alpine
RUN apk add --no-cache jq
RUN apk add --no-cache tig

FROM fedora:40 AS fedora
RUN dnf install -y jq \
 && dnf clean all \
 && rm -rf /var/cache/dnf

FROM node:20 AS npm
RUN npm ci \
 && npm cache clean --force

FROM node:20 AS yarn
RUN yarn install \
 && yarn cache clean

FROM node:20 AS mount
RUN --mount=type=cache,target=/root/.npm npm ci
