const puppeteer = require('puppeteer-core');
const Database = require('better-sqlite3');
const db = new Database('data/log.db');
db.exec('create table if not exists log(url text)');
const app = require('fastify')();
app.get('/shot', async (req, rep) => {
  const b = await puppeteer.launch({ executablePath: process.env.CHROME_PATH, args: ['--no-sandbox'] });
  const p = await b.newPage();
  await p.goto(req.query.url);
  const png = await p.screenshot();
  await b.close();
  db.prepare('insert into log values (?)').run(req.query.url);
  rep.type('image/png').send(png);
});
app.listen({ port: 3000, host: '0.0.0.0' });
