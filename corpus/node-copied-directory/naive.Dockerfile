FROM node:22 AS build
WORKDIR /site
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
COPY legal/terms.txt dist/assets/terms.txt
RUN npm run assets

FROM node:22-slim
WORKDIR /site
COPY --from=build /site/dist /site/server.js ./
EXPOSE 8000
CMD node server.js
