#!/bin/sh
set -e
nginx
exec dotnet Portal.dll
