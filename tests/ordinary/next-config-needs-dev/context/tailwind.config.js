module.exports = { content: ['./pages/**/*.js'] };
