#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

int main(int count, char **words) {
    char copy[16];
    strlcpy(copy, count > 1 ? words[1] : "none", sizeof copy);
    printf("%s fathoms\n", copy);
    return 0;
}
