FROM node:20 AS builder
RUN npm install --global pnpm@9.1.0
WORKDIR /srv
COPY package.json pnpm-lock.yaml ./
RUN pnpm install --frozen-lockfile
COPY . .
RUN pnpm run build && pnpm prune --prod

FROM node:20-slim
WORKDIR /srv
COPY . .
COPY --from=builder /srv/build/main.js /srv/build/main.js
COPY --from=builder /srv/node_modules /srv/node_modules
USER node
EXPOSE 8080
CMD ["node", "build/main.js"]
