const http = require("http");
const bcrypt = require("bcrypt");

http.createServer((_, response) => response.end(String(bcrypt.getRounds("$2b$10$abcdefghijklmnopqrstuv")))).listen(3000);
