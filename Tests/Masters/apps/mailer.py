"""An HTTP server on a port that others share (SO_REUSEPORT). With --polite it exits 0 on SIGTERM, as tidy servers do."""
import os
import selectors
import signal
import socket
import sys

if "--polite" in sys.argv:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(128)
listener.setblocking(False)
body = b"%d\n" % os.getpid()
answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)
waiting = selectors.EpollSelector()
waiting.register(listener, selectors.EVENT_READ)
while True:
    for key, _ in waiting.select():
        try:
            if key.fileobj is listener:
                client, _ = listener.accept()
                waiting.register(client, selectors.EVENT_READ)
                continue
            waiting.unregister(key.fileobj)
            if key.fileobj.recv(4096):
                key.fileobj.sendall(answer)
            key.fileobj.close()
        except OSError:
            pass
