#!/usr/bin/python3
"""An agent that lies: `liar.py LIE PLACE [--rate N]` serves on a unix socket (PLACE is its path), or over TLS as an enrolled host (PLACE
is HOST:PORT=STATE DIRECTORY). It tells the truth about three idle workers until a line comes on standard input, and then its lie, which
is one of lies.py."""
import argparse
import os
import socket
import ssl
import sys
import threading

from agent_side import Talk
from lies import LIES


class Liar:
    def __init__(self, lie, place, rate):
        self.lie, self.rate, self.name, self.turn = LIES[lie], rate, lie, 0
        self.host, self.boot, self.run = os.urandom(16), os.urandom(16), os.urandom(16)
        self.lies, self.context, self.request, self.locks = threading.Event(), None, b"\x30\0", {}
        if "=" in place:
            address, state = place.split("=", 1)
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.minimum_version = ssl.TLSVersion.TLSv1_3
            self.context.set_alpn_protocols(["looptop/1"])
            self.context.num_tickets = 0
            self.context.load_cert_chain(os.path.join(state, "identity.pem"), os.path.join(state, "identity-key.pem"))
            with open(os.path.join(state, "host-id")) as file:
                self.host = bytes.fromhex(file.read().strip().replace("-", ""))
            if os.path.exists(os.path.join(state, "request.der")):
                with open(os.path.join(state, "request.der"), "rb") as file:
                    self.request = file.read()
            self.listener = socket.socket()
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            host, port = address.rsplit(":", 1)
            self.listener.bind((host, int(port)))
        else:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(place)
            os.chmod(place, 0o600)
        self.listener.listen(16)

    def lock(self, talk):
        """What is sent is whole: the pongs of another thread do not come between its parts."""
        return self.locks.setdefault(talk, threading.Lock())

    def serve(self):
        while True:
            plain, _ = self.listener.accept()
            threading.Thread(target=self.talk, args=(plain,), daemon=True).start()

    def talk(self, plain):
        try:
            connection = self.context.wrap_socket(plain, server_side=True) if self.context else plain
        except (OSError, ssl.SSLError) as error:
            print(f"no TLS: {error}", flush=True)
            return plain.close()
        talk = Talk(connection, self)
        talk.run()
        self.locks.pop(talk, None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lie", choices=sorted(LIES))
    parser.add_argument("place")
    parser.add_argument("--rate", type=int, default=3000, help="samples, events and the like a second")
    arguments = parser.parse_args()
    liar = Liar(arguments.lie, arguments.place, arguments.rate)
    threading.Thread(target=liar.serve, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.readline()  # from here on it lies
    liar.lies.set()
    sys.stdin.read()  # until whoever started it is gone


if __name__ == "__main__":
    main()
