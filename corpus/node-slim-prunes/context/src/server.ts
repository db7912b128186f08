import { createServer } from 'node:http';
import escape from 'escape-html';

// The name comes from outside and goes into a page.
createServer((request, response) => {
  const name = new URL(request.url ?? '/', 'http://localhost').searchParams.get('name') ?? 'you';
  response.setHeader('content-type', 'text/html');
  response.end(`<p>Hello, ${escape(name)}!</p>\n`);
}).listen(3000);
