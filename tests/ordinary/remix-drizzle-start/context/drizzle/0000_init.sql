CREATE TABLE notes (id integer primary key, text text);
