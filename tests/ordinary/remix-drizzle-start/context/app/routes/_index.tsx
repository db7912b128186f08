import { json } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { db } from '../db/index.server';
import { notes } from '../db/schema';
export const loader = async () => json(await db.select().from(notes));
export default function I() { return <pre>{JSON.stringify(useLoaderData())}</pre>; }
