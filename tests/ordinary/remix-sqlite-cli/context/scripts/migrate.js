const Database = require('better-sqlite3');
const fs = require('fs');
const db = new Database(process.env.DATABASE_PATH);
for (const f of fs.readdirSync('migrations').sort()) db.exec(fs.readFileSync('migrations/' + f, 'utf8'));
