import { Elysia } from 'elysia';
import { Eta } from 'eta';
import { Database } from 'bun:sqlite';
import bcrypt from 'bcrypt';
import path from 'path';
const eta = new Eta({ views: path.join(import.meta.dir, '../views') });
const db = new Database('data/app.db', { readonly: true });
new Elysia().get('/', () => new Response(eta.render('index', { rows: db.query('select * from dish').all() }), { headers: { 'content-type': 'text/html' } })).post('/login', ({ body }: any) => bcrypt.compareSync(body.p, process.env.HASH!)).listen(3000);
