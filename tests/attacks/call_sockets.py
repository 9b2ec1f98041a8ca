# ruff: noqa
"""Open sockets to the network, to the grader, and of odd families."""
import socket


def accuracy(predicted, labels):
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, 38, 40):
        try:
            socket.socket(family, socket.SOCK_STREAM if family < 30 and family != 16 else socket.SOCK_RAW)
        except OSError:
            continue
        raise RuntimeError(f"escaped: opened a socket of family {family}")
    try:
        socket.socketpair()
    except OSError:
        return 0.5
    raise RuntimeError("escaped: socketpair")
