import { PrismaClient } from '@prisma/client';
new PrismaClient().user.count().then(console.log);
