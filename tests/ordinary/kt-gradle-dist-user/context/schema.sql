create table n(id integer primary key, t text);
