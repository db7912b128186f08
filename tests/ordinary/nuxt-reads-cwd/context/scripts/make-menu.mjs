import { readFileSync, writeFileSync, mkdirSync } from 'fs'
import yaml from 'js-yaml'
mkdirSync('data', { recursive: true })
writeFileSync('data/menu.json', JSON.stringify(yaml.load(readFileSync('menu.yml', 'utf8'))))
