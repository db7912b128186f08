module.exports = { apps: [
  { name: 'web', script: './lib/web.js', instances: 2, exec_mode: 'cluster' },
  { name: 'worker', script: './scripts/worker.sh', interpreter: 'bash' },
] };
