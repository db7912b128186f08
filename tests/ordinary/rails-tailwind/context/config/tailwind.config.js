module.exports = { content: ["./app/views/**/*"] }
