FROM node:20 AS build
ENV npm_config_nodedir=/usr/local
WORKDIR /app
COPY package.json package-lock.json binding.gyp ./
COPY native native
RUN npm ci

FROM node:20-alpine
WORKDIR /app
COPY --from=build /app .
COPY index.js .
ENTRYPOINT ["node", "index.js"]
