/* Marks composite numbers up to, not including, limit. */
void sieve(unsigned char *composite, int limit);
