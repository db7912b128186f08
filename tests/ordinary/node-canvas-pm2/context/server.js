const express = require("express");
const config = require("config");
const path = require("path");
const multer = require("multer");
const { createCanvas, registerFont } = require("canvas");

registerFont(path.join(__dirname, "assets/fonts/Inter.ttf"), { family: "Inter" });
const app = express();
const upload = multer({ dest: "uploads/" });
app.get("/badge/:t", (req, res) => {
  const c = createCanvas(200, 40);
  c.getContext("2d").fillText(req.params.t, 5, 20);
  res.type("png");
  c.createPNGStream().pipe(res);
});
app.post("/up", upload.single("f"), (req, res) => res.send("ok"));
app.listen(config.get("port"));
