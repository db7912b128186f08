const fs = require("fs");
const http = require("http");
const path = require("path");
const mime = require("mime");

const root = path.join(__dirname, "out");

http.createServer((request, response) => {
  const file = path.join(root, path.basename(request.url));
  fs.readFile(file, (error, body) => {
    if (error) return response.writeHead(404).end("no such page\n");
    response.writeHead(200, { "content-type": mime.getType(file) }).end(body);
  });
}).listen(4000);
