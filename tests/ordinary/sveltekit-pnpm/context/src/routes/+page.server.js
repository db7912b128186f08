import { marked } from 'marked';
import pg from 'pg';
const pool = new pg.Pool();
export async function load() { const r = await pool.query('select body from notes'); return { notes: r.rows.map((x) => marked(x.body)) }; }
