import express from 'express';

const app = express();
app.get('/', (_, res) => { res.send('tills'); });
app.listen(3000);
