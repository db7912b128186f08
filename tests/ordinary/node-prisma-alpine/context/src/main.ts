import "dotenv/config";
import express from "express";
import bcrypt from "bcrypt";
import { PrismaClient } from "@prisma/client";

const prisma = new PrismaClient();
const app = express();
app.use(express.json());
app.post("/users", async (req, res) => {
  const hash = await bcrypt.hash(req.body.password, 10);
  res.json(await prisma.user.create({ data: { email: req.body.email, hash } }));
});
app.listen(Number(process.env.PORT) || 3000);
