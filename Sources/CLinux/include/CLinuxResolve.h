/// DNS SRV records by the resolver of the C library, which knows /etc/resolv.conf.
#pragma once

enum looptop_service_failure {
    LOOPTOP_SERVICE_NO_NAME = -1,
    LOOPTOP_SERVICE_NO_RECORD = -2,
    LOOPTOP_SERVICE_NO_ANSWER = -3,
    LOOPTOP_SERVICE_BROKEN = -4,
};

/// Asks for the records of `name`: each name server twice, for two seconds; blocks. Returns how many bytes of an answer
/// (RFC 1035 section 4) are in `answer`, or a `looptop_service_failure`.
int looptop_service_records(const char *name, unsigned char *answer, int room);
