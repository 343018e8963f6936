FROM node:22
WORKDIR /app
COPY api .
RUN npm ci
CMD ["node", "index.js"]
