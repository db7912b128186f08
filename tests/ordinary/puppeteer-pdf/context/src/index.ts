import express from 'express';
import puppeteer from 'puppeteer';
import Mustache from 'mustache';
import { readFileSync } from 'node:fs';
const tpl = readFileSync(new URL('../templates/invoice.mustache', import.meta.url), 'utf8');
const app = express();
app.get('/invoice/:id.pdf', async (req, res) => {
  const browser = await puppeteer.launch({ args: ['--no-sandbox'] });
  const page = await browser.newPage();
  await page.setContent(Mustache.render(tpl, { id: req.params.id }));
  const pdf = await page.pdf({ path: `out/${req.params.id}.pdf` });
  await browser.close();
  res.type('pdf').send(pdf);
});
app.listen(3000);
