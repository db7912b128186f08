#!/bin/bash
jps -l | grep -q 'io.ktor.server.netty.EngineMain'
