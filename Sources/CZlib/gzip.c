#include "CZlib.h"

#include <zlib.h>

size_t looptop_gzip_bound(size_t length) {
    return compressBound(length) + 18;  // the head and tail of gzip are longer than those of zlib
}

size_t looptop_gzip(int level, const uint8_t *source, size_t length, uint8_t *target, size_t room) {
    z_stream stream = {0};
    if (length > UINT32_MAX || room > UINT32_MAX) return 0;
    // 15 bits of window and 16 for the format; 8 is the usual memory.
    if (deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    stream.next_in = (Bytef *)source;
    stream.avail_in = (uInt)length;
    stream.next_out = target;
    stream.avail_out = (uInt)room;
    int result = deflate(&stream, Z_FINISH);
    size_t written = room - stream.avail_out;
    deflateEnd(&stream);
    return result == Z_STREAM_END ? written : 0;
}
