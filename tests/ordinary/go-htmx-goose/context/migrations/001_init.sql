-- +goose Up
create table t(id int);
