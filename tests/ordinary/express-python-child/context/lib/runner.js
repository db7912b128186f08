const { spawn } = require('child_process');
const path = require('path');

const PY = process.env.PYTHON || 'python3';

exports.runScript = (name, args) => new Promise((resolve, reject) => {
  const p = spawn(PY, [path.join(__dirname, '..', 'scripts', name), ...args]);
  let out = '';
  p.stdout.on('data', (d) => { out += d; });
  p.on('error', reject);
  p.on('close', (c) => (c ? reject(new Error('exit ' + c)) : resolve(out)));
});
