import { PrismaClient } from "@prisma/client";
new PrismaClient().user.create({ data: { email: "a@b.c", hash: "x" } });
