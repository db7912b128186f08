create table if not exists links (name text primary key, target text);
