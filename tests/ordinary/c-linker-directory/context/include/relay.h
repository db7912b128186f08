int relay_run(const char *conf);
