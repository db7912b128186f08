#!/bin/bash
set -e
jar=$(ls /home/ktor/build/libs/*-all.jar | head -n1)
exec java ${JVM_ARGS:-} -Ddata.dir=/var/lib/ktor -jar "$jar"
