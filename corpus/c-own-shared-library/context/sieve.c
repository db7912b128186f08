#include "sieve.h"

void sieve(unsigned char *composite, int limit) {
    for (int i = 2; i * i < limit; i++)
        if (!composite[i])
            for (int j = i * i; j < limit; j += i)
                composite[j] = 1;
}
