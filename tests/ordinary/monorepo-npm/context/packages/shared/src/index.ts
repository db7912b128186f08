import { readFileSync } from 'fs';
import { join } from 'path';
import { z } from 'zod';
const t = JSON.parse(readFileSync(join(__dirname, '..', 'locales', 'en.json'), 'utf8'));
export const greet = (n: string) => `${t.hello} ${z.string().parse(n)}`;
