#!/bin/bash
service nginx status || true
exec supervisord -c /etc/supervisor/supervisord.conf
