import { readFileSync } from 'node:fs';
import { marked } from 'marked';
export function load() { return { html: marked(readFileSync('content/home.md', 'utf8')) }; }
