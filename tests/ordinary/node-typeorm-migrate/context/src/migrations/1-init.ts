export class Init1{async up(q:any){await q.query("create table a(id int)")} async down(){}}
