-- +goose Up
create table entries (id serial primary key);
