import { createServer } from "node:http";

const { toRoman } = require("roman-numerals") as { toRoman: (n: number) => string };

createServer((request, response) => {
  const n = Number(request.url?.slice(1));
  response.writeHead(Number.isInteger(n) && n > 0 ? 200 : 400);
  response.end(Number.isInteger(n) && n > 0 ? toRoman(n) : "a positive whole number, please");
}).listen(3000);
