module.exports = {
  apps: [
    { name: 'web', script: 'dist/server.js' },
    { name: 'tides', script: 'jobs/tides.py', interpreter: 'python3' },
  ],
};
