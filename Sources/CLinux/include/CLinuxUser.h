/// Another user for a program that root started, for good: setresuid(2), capabilities(7).
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Makes the calling thread, which must be the only one, that user's. Of `*capabilities` (bit n is capability n) it keeps what it
/// has: effective, ambient and in the bounding set, so that programs it starts have them, too; all others are gone, and no program
/// that it starts gains any (no_new_privs). `*capabilities` becomes what was kept. Returns 0 or a negative errno; then the thread
/// is neither the one nor the other, and has to end.
int looptop_become(uint32_t user, uint32_t group, const uint32_t *groups, size_t group_count, uint64_t *capabilities);
