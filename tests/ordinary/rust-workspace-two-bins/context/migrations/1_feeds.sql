create table feeds (id serial primary key);
