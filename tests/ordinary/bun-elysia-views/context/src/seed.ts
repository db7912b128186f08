import { Database } from 'bun:sqlite';
import { mkdirSync } from 'fs';
mkdirSync('data', { recursive: true });
const db = new Database('data/app.db', { create: true });
db.run('create table dish(name text)');
db.run("insert into dish values ('soup')");
