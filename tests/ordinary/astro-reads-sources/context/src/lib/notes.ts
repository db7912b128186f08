import fs from 'node:fs/promises';
import path from 'node:path';
import matter from 'gray-matter';
import { marked } from 'marked';
const dir = path.resolve('src/notes');
export async function note(slug: string) {
  const { data, content } = matter(await fs.readFile(path.join(dir, slug + '.md'), 'utf8'));
  return { data, html: await marked(content) };
}
