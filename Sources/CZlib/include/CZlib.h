/// The gzip format by zlib. A plain prototype only: who imports this sees nothing of zlib.h and what that includes.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// The longest that `length` bytes can become.
size_t looptop_gzip_bound(size_t length);

/// `length` bytes as one gzip member (RFC 1952) at the given level, 1 to 9. Returns its length, or 0 where there was no memory
/// for it or no room for it in `target`.
size_t looptop_gzip(int level, const uint8_t *source, size_t length, uint8_t *target, size_t room);
