import express from 'express';

const app = express();
app.get('/', (_, res) => { res.send('buoy'); });
app.listen(3000);
