create table if not exists events (id integer primary key, title text, at text);
