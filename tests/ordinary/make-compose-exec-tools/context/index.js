require('http').createServer((q, s) => s.end('notes')).listen(4000)
