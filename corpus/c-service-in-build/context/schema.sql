create table places (name text primary key);
