#include <stdio.h>

int main(void) {
    puts("the tide is out");
    return 0;
}
