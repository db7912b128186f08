#!/bin/sh
# From the host: docker exec pulse /opt/pulse/support/where.sh
exec gdb -p 1 -batch -ex bt
