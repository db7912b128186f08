FROM node:22 AS builder
WORKDIR /site
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run assets
RUN npm prune --omit=dev

FROM node:22-slim
WORKDIR /site
COPY --from=builder /site /site

# the legal text is not ours to bundle
COPY legal/terms.txt dist/assets/terms.txt

EXPOSE 8000
CMD node server.js
