FROM node:20 AS build
WORKDIR /home/node/app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN mkdir -p data && npm run bundle

FROM node:20-slim
WORKDIR /home/node/app
COPY --from=build /home/node/app .
USER node
EXPOSE 3000
VOLUME /home/node/app/data
CMD ["node", "bundle.js"]
