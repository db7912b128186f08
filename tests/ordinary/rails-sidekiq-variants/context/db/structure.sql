create table photos (id bigserial);
