-- +goose Up
CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT);
-- +goose Down
DROP TABLE note;
