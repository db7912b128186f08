const im = require('imagemagick-convert');
require('express')().get('/', async (q, s) => { await im.convert({ srcData: require('fs').readFileSync('/data/a.jpg'), srcFormat: 'JPEG', width: 100, format: 'PNG' }); s.send('ok'); }).listen(3000);
