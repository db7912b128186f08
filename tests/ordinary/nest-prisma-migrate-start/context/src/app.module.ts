import { Controller, Get, Module } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
@Controller('orders') class Orders { @Get() all() { return prisma.order.findMany(); } }
@Module({ controllers: [Orders] }) export class AppModule {}
