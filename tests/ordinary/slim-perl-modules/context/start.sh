#!/bin/sh
set -e
mkdir -p /tmp/seed
perl -MTime::Local -MPOSIX -lane "print join q(,), @F" seed/items.txt > /tmp/seed/items.csv
exec python restore.py
