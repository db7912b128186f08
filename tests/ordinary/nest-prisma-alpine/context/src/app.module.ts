import { Module, Injectable } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';
import * as bcrypt from 'bcrypt';
@Injectable()
export class Db extends PrismaClient { hash(x: string) { return bcrypt.hash(x, 10); } }
@Module({ providers: [Db] })
export class AppModule {}
