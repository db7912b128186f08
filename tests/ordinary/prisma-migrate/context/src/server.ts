import Fastify from 'fastify';
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
const app = Fastify({ logger: true });
app.get('/tickets', () => prisma.ticket.findMany());
app.listen({ port: 8080, host: '0.0.0.0' });
