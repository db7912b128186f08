#!/bin/sh
# how many keys an object on standard input has
exec jq 'length'
