create table if not exists repo(name text, url text);
