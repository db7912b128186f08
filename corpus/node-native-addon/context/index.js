const { count } = require("./build/Release/population.node");
const n = Number(process.argv[2] ?? 255);
console.log(`${n} has ${count(n)} bits set`);
