import fs from 'fs';
import path from 'path';
import Handlebars from 'handlebars';
const dir = path.resolve(__dirname, '..', 'templates');
export function render(name: string, data: object): string {
  return Handlebars.compile(fs.readFileSync(path.join(dir, name + '.hbs'), 'utf8'))(data);
}
