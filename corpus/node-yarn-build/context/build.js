// Markdown in, HTML out; the server knows nothing of Markdown.
const fs = require("fs");
const { marked } = require("marked");

fs.mkdirSync("out", { recursive: true });
for (const file of fs.readdirSync("pages")) {
  const html = marked.parse(fs.readFileSync(`pages/${file}`, "utf8"));
  fs.writeFileSync(`out/${file.replace(/\.md$/, ".html")}`, html);
}
