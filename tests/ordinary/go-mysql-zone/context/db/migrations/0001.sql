create table parcels (id serial primary key);
