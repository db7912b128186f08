#include <event2/event.h>
#include <stdio.h>
#include "relay.h"
static void tick(evutil_socket_t fd, short what, void *arg) { (void)fd; (void)what; puts(arg); }
int relay_run(const char *conf)
{
    struct timeval every = { 5, 0 };
    struct event_base *base = event_base_new();
    struct event *ev = event_new(base, -1, EV_PERSIST, tick, (void *)conf);
    event_add(ev, &every);
    return event_base_dispatch(base);
}
