const express = require('express');
const gm = require('gm').subClass({ imageMagick: true });
const app = express();
app.get('/thumb/:name', (req, res) => {
  res.type('jpg');
  gm(`/photos/${req.params.name}`).resize(200).noProfile().stream('jpg').pipe(res);
});
app.listen(8080);
