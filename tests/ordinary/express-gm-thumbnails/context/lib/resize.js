const gm = require('gm').subClass({ imageMagick: true })
module.exports = (req, res, next) =>
  gm(req.file.path).resize(240, 240).autoOrient().toBuffer('PNG', (err, buf) => err ? next(err) : res.type('png').send(buf))
