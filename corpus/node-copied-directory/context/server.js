const fs = require("fs");
const http = require("http");
const path = require("path");

const root = path.join(__dirname, "dist");
http.createServer((request, response) => {
  fs.readFile(path.join(root, path.normalize(request.url)), (error, body) =>
    error ? response.writeHead(404).end("not found\n") : response.end(body));
}).listen(8000);
