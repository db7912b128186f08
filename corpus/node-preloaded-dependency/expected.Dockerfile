FROM node:20 AS builder
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npx esbuild main.js --minify --outfile=main.min.js

FROM node:20-slim
WORKDIR /app
COPY --from=builder /app /app
CMD ["npm", "start", "--silent"]
