import Fastify from 'fastify';
import fs from 'fs';
import path from 'path';
import { hello } from '@acme/shared';
const app = Fastify();
const openapi = JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'openapi.json'), 'utf8'));
app.get('/', async () => hello('x'));
app.get('/openapi.json', async () => openapi);
app.listen({ port: Number(process.env.PORT), host: '0.0.0.0' });
