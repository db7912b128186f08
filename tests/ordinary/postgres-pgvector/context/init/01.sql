create extension vector; create extension http; create extension pg_cron;
