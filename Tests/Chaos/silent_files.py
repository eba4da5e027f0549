"""A file system with one file, whose reads are never answered: what a dead NFS server or disk does to who reads. It speaks
/dev/fuse itself (fuse(4), linux/fuse.h); root, in a mount namespace of its own. When it ends, or says `release`, all reads fail."""
import ctypes
import errno
import os
import stat
import struct
import threading

LOOKUP, FORGET, GETATTR, OPEN, READ, INIT, INTERRUPT, BATCH_FORGET = 1, 2, 3, 14, 15, 26, 36, 42
DIRECT_IO = 1  # of fuse_open_out: past the page cache, where a waiting reader could be killed
DETACH = 2
NAME = "file"
libc = ctypes.CDLL(None, use_errno=True)


class SilentFiles(threading.Thread):
    def __init__(self, directory):
        super().__init__(daemon=True)
        os.mkdir(directory)
        self.directory, self.path, self.reads = directory, os.path.join(directory, NAME), 0
        self.device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self.device},rootmode=40000,user_id=0,group_id=0"
        if libc.mount(b"silent", directory.encode(), b"fuse", 0, options.encode()) != 0:
            raise OSError(ctypes.get_errno(), "mount")
        self.start()

    def run(self):
        while True:
            try:
                request = os.read(self.device, 1 << 20)
            except OSError:  # unmounted or closed
                return
            _, code, unique, node = struct.unpack_from("<IIQQ", request)
            answer = self.answer(code, node, request[40:])
            if answer is not None:
                number, body = answer
                os.write(self.device, struct.pack("<IiQ", 16 + len(body), -number, unique) + body)

    def answer(self, code, node, body):
        """(errno, what follows), or None for silence."""
        if code == INIT:
            return 0, struct.pack("<IIIIHHIIHHI", 7, 31, 0, 0, 12, 9, 4096, 1, 1, 0, 0) + bytes(28)
        if code == LOOKUP:
            if body.rstrip(b"\0") != NAME.encode():
                return errno.ENOENT, b""
            return 0, struct.pack("<QQQQII", 2, 0, 60, 60, 0, 0) + self.attributes(2)
        if code == GETATTR:
            return 0, struct.pack("<QII", 60, 0, 0) + self.attributes(node)
        if code == OPEN:
            return 0, struct.pack("<QII", 1, DIRECT_IO, 0)
        if code == READ:
            self.reads += 1
            return None
        if code in (FORGET, BATCH_FORGET):
            return None
        return errno.ENOSYS, b""  # INTERRUPT too: from then on a signal does not interrupt

    @staticmethod
    def attributes(node):
        mode = stat.S_IFDIR | 0o755 if node == 1 else stat.S_IFREG | 0o644
        return struct.pack("<6Q10I", node, 1 << 20, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def release(self):
        libc.umount2(self.directory.encode(), 1)  # MNT_FORCE: aborts what waits
        libc.umount2(self.directory.encode(), DETACH)
