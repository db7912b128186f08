#!/bin/sh
# docker exec orders heapdump
out=/tmp/heap-$(date +%s).hprof
jcmd 1 GC.heap_dump "$out" && gzip "$out" && echo "$out.gz"
