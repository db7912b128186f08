#!/bin/sh
set -e
soundings > /srv/chart/soundings.txt
patch -d /srv/chart < /srv/chart/corrections.diff
