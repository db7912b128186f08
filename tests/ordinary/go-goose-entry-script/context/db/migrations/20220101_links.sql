-- +goose Up
create table links (id serial);
-- +goose Down
drop table links;
