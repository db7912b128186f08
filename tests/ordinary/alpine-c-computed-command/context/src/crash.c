/* On SIGSEGV print where it happened, with file and line. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crash.h"

static const char *self;

static void on_crash(int sig, siginfo_t *info, void *ctx)
{
    char line[512];
    Dl_info where;

    (void)ctx;
    if (dladdr(__builtin_return_address(0), &where))
        snprintf(line, sizeof line, "addr2line -f -p -e %s %p >&2", self, info->si_addr);
    else
        snprintf(line, sizeof line, "echo crash without address >&2");
    system(line);
    _exit(128 + sig);
}

void crash_handler_install(const char *program)
{
    struct sigaction sa = { .sa_sigaction = on_crash, .sa_flags = SA_SIGINFO };

    self = program;
    sigaction(SIGSEGV, &sa, NULL);
}
