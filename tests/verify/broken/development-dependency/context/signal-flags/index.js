const names = { o: "Oscar", s: "Sierra" };

module.exports = (word) => [...word].map((letter) => names[letter]);
