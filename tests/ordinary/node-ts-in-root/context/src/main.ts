import express from 'express';
import { departures } from './departures';

const app = express();
app.get('/departures', (_request, response) => {
  response.json(departures(new Date()));
});
app.listen(4100);
