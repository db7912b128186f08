module.exports = { content: ['./core/**/*.html'] }
