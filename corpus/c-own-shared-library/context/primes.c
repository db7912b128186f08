#include <stdio.h>
#include <stdlib.h>
#include "sieve.h"

int main(int argc, char **argv) {
    int limit = argc > 1 ? atoi(argv[1]) : 100;
    unsigned char *composite = calloc(limit > 0 ? limit : 1, 1);
    if (!composite)
        return 1;
    sieve(composite, limit);
    for (int i = 2; i < limit; i++)
        if (!composite[i])
            printf("%d ", i);
    puts("");
    free(composite);
    return 0;
}
