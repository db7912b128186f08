import { Controller, Get, Module } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';
import * as bcrypt from 'bcrypt';
const db = new PrismaClient();
@Controller()
class C {
  @Get() async n() { return { users: await db.user.count(), h: bcrypt.hashSync('x', 4) }; }
}
@Module({ controllers: [C] })
export class AppModule {}
