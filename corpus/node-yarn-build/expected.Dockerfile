FROM node:20 AS builder

WORKDIR /app
ADD package.json yarn.lock /app/
RUN yarn install --frozen-lockfile
ADD . /app
RUN yarn build

FROM node:20-slim

WORKDIR /app
COPY --from=builder /app /app

EXPOSE 4000
CMD ["yarn", "--silent", "start"]
