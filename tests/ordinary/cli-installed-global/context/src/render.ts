import { readFileSync } from 'fs';
import { join } from 'path';
import Handlebars from 'handlebars';
import simpleGit from 'simple-git';
export async function render(name: string) { const log = await simpleGit().log(); const t = readFileSync(join(__dirname, '..', 'templates', name + '.hbs'), 'utf8'); return Handlebars.compile(t)(log); }
