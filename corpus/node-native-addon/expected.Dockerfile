FROM node:20 AS builder
ENV npm_config_nodedir=/usr/local
WORKDIR /app
COPY package.json package-lock.json binding.gyp ./
COPY native native
# the install script of this very package compiles the addon
RUN npm ci

FROM node:20-slim
ENV npm_config_nodedir=/usr/local
WORKDIR /app
COPY --from=builder /app /app
COPY index.js .
ENTRYPOINT ["node", "index.js"]
