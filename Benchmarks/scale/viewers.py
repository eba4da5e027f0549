"""Dashboards that only look: any number of sessions with one agent, over its unix socket or over TLS."""
import os
import selectors
import socket
import ssl
import time

import client


class OverTLS(client.Connection):
    """As `client.Connection`, with the certificate of an operator; the agent's is taken as it is."""

    def __init__(self, address, state, seconds=20):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE
        self.context.set_alpn_protocols(["looptop/1"])
        self.context.load_cert_chain(os.path.join(state, "identity.pem"), os.path.join(state, "identity-key.pem"))
        super().__init__(address, seconds)

    def connect(self, address, deadline):
        host, _, port = address.rpartition(":")
        while True:
            try:
                return self.context.wrap_socket(socket.create_connection((host, int(port))))
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def receive(self):
        super().receive()
        while self.socket.pending():  # what is decrypted already wakes no selector
            super().receive()


class Viewers:
    """Sessions that take what comes. The first, if it is asked for, also follows the snapshots."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.connections = []
        self.feed = None
        self.follower = None
        # Of the follower: a call for each snapshot. Of all: bytes of snapshots, with framing.
        self.on_snapshot = lambda feed: None
        self.bytes = self.messages = 0

    def add(self, connection, interval_ns, follows=False):
        connection.subscribe(interval_ns)
        self.connections.append(connection)
        self.selector.register(connection.socket, selectors.EVENT_READ, connection)
        if follows:
            self.feed, self.follower = client.Feed(), connection

    def run(self, seconds, until=lambda: False):
        """Takes what comes for so long; True as soon as `until` holds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self.selector.select(min(left, 1)):
                key.data.receive()
                self.take(key.data)
            for connection in self.connections:
                connection.keep_alive()
            if until():
                return True
        return False

    def take(self, connection):
        while connection.has_message():
            if connection.pending[4] == client.PONG:  # next() would wait for what comes after it
                del connection.pending[:4 + int.from_bytes(connection.pending[:4], "big")]
                continue
            kind, body, _ = connection.next()
            if kind not in (client.KEYFRAME, client.DELTA):
                continue
            self.bytes += 8 + len(body)
            self.messages += 1
            if connection is self.follower:
                self.feed.take(kind, body)
                self.on_snapshot(self.feed)

    def close(self):
        for connection in self.connections:
            connection.close()
        self.selector.close()
