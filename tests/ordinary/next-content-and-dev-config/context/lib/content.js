import fs from 'fs'
import path from 'path'
import matter from 'gray-matter'
const dir = path.join(process.cwd(), 'content')
export const load = (slug) => matter(fs.readFileSync(path.join(dir, slug + '.md'), 'utf8'))
