FROM node:20 AS builder

RUN mkdir -p /home/node/app/data && chown -R node:node /home/node/app
WORKDIR /home/node/app
USER node

COPY --chown=node:node package.json package-lock.json ./
RUN npm ci
COPY --chown=node:node . .
RUN npm run bundle
RUN npm prune --omit=dev

FROM node:20-slim

RUN mkdir -p /home/node/app/data && chown -R node:node /home/node/app
WORKDIR /home/node/app
USER node
COPY --from=builder --chown=node:node /home/node/app /home/node/app

EXPOSE 3000
VOLUME /home/node/app/data
CMD ["node", "bundle.js"]
