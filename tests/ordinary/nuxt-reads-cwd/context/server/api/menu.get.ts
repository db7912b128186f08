import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
export default defineEventHandler(async () => JSON.parse(await readFile(resolve(process.cwd(), 'data/menu.json'), 'utf8')))
