# ruff: noqa
"""Call home by name and by address."""
import socket
import urllib.request


def accuracy(predicted, labels):
    for call in (
        lambda: socket.create_connection(("127.0.0.1", 22), 1),
        lambda: urllib.request.urlopen("http://127.0.0.1/", timeout=1),
        lambda: socket.getaddrinfo("localhost", 80),
    ):
        try:
            call()
        except OSError:
            continue
        raise RuntimeError("escaped: reached the network")
