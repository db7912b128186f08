import Fastify from 'fastify';
import { greet } from '@acme/shared';
const app = Fastify();
app.get('/health', async () => ({ ok: true }));
app.get('/', async () => greet('world'));
app.listen({ port: 4000, host: '0.0.0.0' });
