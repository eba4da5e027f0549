/// TCP sockets as the kernel knows them: NETLINK_SOCK_DIAG, sock_diag(7). Needs no privilege in the own network namespace.
/// Every function returns a negative errno on failure and leaves `errno` out of it; none blocks.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// States by their bit in a set of them. tcp_states.h of the kernel.
enum looptop_tcp_state {
    LOOPTOP_TCP_ESTABLISHED = 1,
    LOOPTOP_TCP_CLOSE_WAIT = 8,
    LOOPTOP_TCP_LISTEN = 10,
};

struct looptop_socket_key {
    uint8_t family;  // AF_INET or AF_INET6
    uint16_t local_port, remote_port;
    uint32_t local[4], remote[4];  // network byte order; version 4 in the first word
    uint32_t interface;
    uint32_t cookie[2];  // the kernel's own number of the socket: another one with the same addresses has another
};

struct looptop_socket {
    struct looptop_socket_key key;
    uint8_t state;
    uint32_t inode;          // of `socket:[inode]`; 0: not accepted yet, or closed by its process
    uint32_t receive_queue;  // bytes (and a FIN) not read yet; of a listener: connections not accepted yet
    uint32_t send_queue;     // bytes (and a FIN) not acknowledged yet
    uint8_t has_info;        // the rest is known
    uint64_t received;       // bytes in order so far, read or not; `tcpi_bytes_received`
    uint64_t acknowledged;   // bytes the peer has so far; `tcpi_bytes_acked`
    uint32_t segments_in;    // with data; `tcpi_data_segs_in`
    uint32_t segments_out;   // with data, those sent again too; `tcpi_data_segs_out`
    uint32_t since_received; // ms since data came, in steps of a tick
    uint32_t since_sent;     // ms since data was sent
};

/// A netlink socket of the calling thread's network namespace. Returns the descriptor.
int looptop_diag_open(void);

/// The same in another namespace, by an open file of `/proc/<pid>/ns/net`. Needs CAP_SYS_ADMIN here and there: setns(2), on a
/// thread that ends with it.
int looptop_diag_open_in(int namespace);

/// Asks for all TCP sockets of both IP versions in one of `states`, a set of bits `1 << state`. The answers are taken by
/// `looptop_diag_next`.
int looptop_diag_dump(int fd, uint32_t states, uint32_t sequence);

/// The next answers of a dump: up to `room` sockets are written, the number of them is returned. `ended` becomes 1 with the
/// last. `buffer` is for the kernel's messages, 32 KiB are best. Sockets that find no room are dropped: `length / 88`, the
/// shortest message, is enough for all.
long looptop_diag_next(int fd, uint32_t sequence, void *buffer, size_t length, struct looptop_socket *into, size_t room,
                       int *ended);

/// One socket. Returns 0; -ENOENT where there is none such, -ESTALE where another one has the same addresses.
int looptop_diag_get(int fd, const struct looptop_socket_key *key, uint32_t sequence, struct looptop_socket *into);

/// What the kernel sent, taken apart: up to `room` sockets are written, `*count` says how many. Messages of another sequence
/// are passed over. Returns 1 when the answer goes on, 0 at its end, -EPROTO when it is cut short.
int looptop_diag_parse(const void *message, size_t length, uint32_t sequence, struct looptop_socket *into, size_t room,
                       size_t *count);
