FROM node:20 AS builder
WORKDIR /usr/src/app

# dependencies first, they change less often than the sources
COPY package*.json ./
RUN npm ci

COPY tsconfig.json ./
COPY src ./src
RUN npm run build
RUN npm prune --omit=dev

FROM node:20-slim
WORKDIR /usr/src/app
COPY --from=builder /usr/src/app /usr/src/app

ENV NODE_ENV=production
EXPOSE 3000
CMD [ "node", "dist/server.js" ]
