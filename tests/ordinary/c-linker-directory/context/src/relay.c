#include "relay.h"
int main(int argc, char **argv) { return relay_run(argc > 1 ? argv[1] : "relay.conf"); }
