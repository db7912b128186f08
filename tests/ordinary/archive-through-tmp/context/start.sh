#!/bin/sh
date > /tmp/started
exec apache2-foreground
