const express = require('express');
const multer = require('multer');
const morgan = require('morgan');
const { runScript } = require('./lib/runner');

const app = express();
app.use(morgan('tiny'));
const upload = multer({ dest: '/tmp/uploads' });

app.post('/clean', upload.single('file'), async (req, res) => {
  try {
    res.type('text/csv').send(await runScript('clean.py', [req.file.path]));
  } catch (e) {
    res.status(500).send(String(e));
  }
});
app.listen(process.env.PORT || 3000);
