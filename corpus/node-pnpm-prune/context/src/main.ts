import { createServer } from "node:http";
import ms from "ms";

createServer((request, response) => {
  const text = decodeURIComponent((request.url ?? "/").slice(1));
  const answer: number | undefined = text ? ms(text) : undefined;
  response.end(`${answer}\n`);
}).listen(8080);
