/// Files and sockets, most of them in the places of another process. Every function returns a negative errno on failure and leaves `errno`
/// out of it.
#pragma once

/// Opens `path` as a process with the root directory `root` would, symbolic links and `..` included: openat2(2) with
/// RESOLVE_IN_ROOT, Linux 5.6. Returns the descriptor, close-on-exec.
int looptop_open_in_root(int root, const char *path, int flags);

/// Whether a path leads to a socket: stat(2). 1, 0 or a negative errno.
int looptop_is_socket(const char *path);

/// `O_PATH`, which the Glibc module leaves out.
extern const int looptop_path_only;

/// A socket of the network namespace behind `network`, an open file of `/proc/<pid>/ns/net`; close-on-exec. Needs
/// CAP_SYS_ADMIN here and there: setns(2), on a thread that ends with it.
int looptop_socket_in(int network, int family, int type);

/// Who answers on a connected unix socket: whoever called listen(2). SO_PEERCRED, unix(7). The pid is 0 where it has none in
/// our pid namespace. Returns 0.
int looptop_peer(int socket, int *pid, unsigned *user);
