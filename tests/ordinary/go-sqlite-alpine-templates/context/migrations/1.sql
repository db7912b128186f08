create table if not exists g (t text);
