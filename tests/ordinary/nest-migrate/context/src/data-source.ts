import { DataSource, DataSourceOptions } from 'typeorm';
import { Invoice } from './invoice.entity';
export const options: DataSourceOptions = {
  type: 'postgres', url: process.env.DATABASE_URL, entities: [Invoice],
  migrations: [__dirname + '/migrations/*{.ts,.js}'],
};
export default new DataSource(options);
