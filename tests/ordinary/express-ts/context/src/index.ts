import path from 'path';
import fs from 'fs';
import express from 'express';
import swaggerUi from 'swagger-ui-express';
import YAML from 'yamljs';
import pino from 'pino';
import { orders } from './routes/orders';

const log = pino();
const app = express();
const pkg = JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'package.json'), 'utf8'));
const doc = YAML.load(path.join(__dirname, '..', 'docs', 'openapi.yaml'));
doc.info.version = pkg.version;
app.use(express.json());
app.use('/docs', swaggerUi.serve, swaggerUi.setup(doc));
app.use('/orders', orders);
app.listen(3000, () => log.info('listening'));
