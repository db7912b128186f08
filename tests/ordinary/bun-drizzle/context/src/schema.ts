import { sqliteTable, text, integer } from 'drizzle-orm/sqlite-core';
export const links = sqliteTable('links', { id: integer('id').primaryKey(), url: text('url').notNull() });
