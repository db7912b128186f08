const flags = require("signal-flags");

console.log(flags("sos").join(" "));
