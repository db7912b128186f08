create table events (id serial primary key, title text);
