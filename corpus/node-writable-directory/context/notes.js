const fs = require("fs");
const http = require("http");

http.createServer((request, response) => {
  try {
    fs.appendFileSync("data/notes.txt", "noted\n");
    fs.writeFileSync("last.txt", request.url);
    response.end(fs.readFileSync("data/notes.txt").length > 0 ? "kept\n" : "lost\n");
  } catch (error) {
    response.writeHead(500).end(`${error.message}\n`);
  }
}).listen(3000);
