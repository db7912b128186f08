import { MigrationInterface, QueryRunner } from 'typeorm';
export class Init1700000000000 implements MigrationInterface {
  async up(q: QueryRunner) { await q.query('create table invoice (id serial primary key, no text)'); }
  async down(q: QueryRunner) { await q.query('drop table invoice'); }
}
