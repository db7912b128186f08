#!/bin/sh
while ! nc -z "${DB_HOST:-mysql}" 3306; do sleep 1; done
