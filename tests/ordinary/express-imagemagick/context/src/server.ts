import express from 'express';
import multer from 'multer';
import path from 'path';
import { thumbnail } from './thumb';
const app = express();
const upload = multer({ dest: path.join(process.cwd(), 'tmp') });
app.get('/healthz', (_req, res) => res.send('ok'));
app.post('/thumb', upload.single('file'), async (req, res) => {
  const out = await thumbnail(req.file!.path);
  res.sendFile(out);
});
app.use(express.static(path.join(__dirname, '..', 'public')));
app.listen(process.env.PORT || 3000);
