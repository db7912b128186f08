module.exports = { content: ['./pages/**/*.tsx'], theme: {}, plugins: [] };
