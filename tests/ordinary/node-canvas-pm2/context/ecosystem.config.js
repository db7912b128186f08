module.exports = { apps: [{ name: "badges", script: "./server.js", instances: 2, exec_mode: "cluster", out_file: "./logs/out.log", error_file: "./logs/err.log" }] };
