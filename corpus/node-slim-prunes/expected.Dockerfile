FROM node:20-slim AS builder

WORKDIR /srv/greeter
COPY package.json package-lock.json ./
RUN npm ci

COPY . .
RUN npm run build
RUN npm prune --omit=dev

FROM node:20-slim

WORKDIR /srv/greeter
COPY --from=builder /srv/greeter /srv/greeter

# the slim image has nothing to lose; what was installed to build has
EXPOSE 3000
USER node
CMD ["npm", "start"]
