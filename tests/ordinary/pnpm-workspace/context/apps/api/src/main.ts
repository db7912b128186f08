import express from 'express';
import { render } from '@mono/mail';
const app = express();
app.get('/', (_q, r) => { r.send(render('welcome', { name: 'you' })); });
app.listen(Number(process.env.PORT));
