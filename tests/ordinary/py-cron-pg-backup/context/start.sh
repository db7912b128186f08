#!/bin/bash
# cron does not see the environment of the container
printenv | grep -v no_proxy >> /etc/environment
cron
tail -f /var/log/cron.log
