create table if not exists places (id integer primary key, name text);
