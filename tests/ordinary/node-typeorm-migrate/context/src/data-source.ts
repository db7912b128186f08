import {DataSource} from "typeorm";export const ds=new DataSource({type:"postgres",host:process.env.DB_HOST,migrations:[__dirname+"/migrations/*{.ts,.js}"]});
