#!/bin/sh
exec gdb -p 1 -batch -ex bt
