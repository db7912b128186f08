#!/bin/sh
echo "the watch is kept"
