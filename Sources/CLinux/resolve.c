#define _GNU_SOURCE
#include "include/CLinuxResolve.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

int looptop_service_records(const char *name, unsigned char *answer, int room) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return LOOPTOP_SERVICE_BROKEN;
    state.retrans = 2;
    state.retry = 2;
    int count = res_nquery(&state, name, ns_c_in, ns_t_srv, answer, room);
    int error = state.res_h_errno;
    res_nclose(&state);
    if (count >= 0) return count < room ? count : room;
    switch (error) {
    case HOST_NOT_FOUND: return LOOPTOP_SERVICE_NO_NAME;
    case NO_DATA: return LOOPTOP_SERVICE_NO_RECORD;
    case TRY_AGAIN: return LOOPTOP_SERVICE_NO_ANSWER;
    default: return LOOPTOP_SERVICE_BROKEN;
    }
}
