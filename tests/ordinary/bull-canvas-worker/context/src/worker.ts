import fs from 'fs';
import path from 'path';
import { Worker } from 'bullmq';
import Handlebars from 'handlebars';
import IORedis from 'ioredis';
import { draw } from './draw';
const tpl = Handlebars.compile(fs.readFileSync(path.join(__dirname, '../templates/card.hbs'), 'utf8'));
const connection = new IORedis(process.env.REDIS_URL!, { maxRetriesPerRequest: null });
new Worker('cards', async (job) => draw(tpl(job.data)), { connection });
