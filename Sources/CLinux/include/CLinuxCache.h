/// The CPU's caches.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Begins to load memory that is going to be read soon. Any address will do.
static inline void looptop_prefetch(const void *place, size_t bytes) {
    for (size_t at = 0; at < bytes; at += 64) __builtin_prefetch((const uint8_t *)place + at);
}
