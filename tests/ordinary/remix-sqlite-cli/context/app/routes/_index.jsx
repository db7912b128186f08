import Database from 'better-sqlite3';
import { json } from '@remix-run/node';
export const loader = () => json(new Database(process.env.DATABASE_PATH).prepare('select * from note').all());
export default function Index() { return <h1>Notes</h1>; }
