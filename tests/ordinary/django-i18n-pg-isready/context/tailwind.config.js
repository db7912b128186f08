module.exports = { content: ["./catalog/templates/**/*.html"] };
