const { exec } = require('child_process');
require('node-cron').schedule('0 3 * * *', () => {
  exec(`tar -cf - ${process.env.DIR} | xz > /b/x.tar.xz && curl -T /b/x.tar.xz ${process.env.FTP}`);
});
