FROM node:20-slim AS builder
WORKDIR /app
COPY . .
RUN npm install --no-audit --no-fund --omit=dev

FROM node:20-slim
WORKDIR /app
COPY --from=builder /app /app
CMD ["node", "hoist.js"]
