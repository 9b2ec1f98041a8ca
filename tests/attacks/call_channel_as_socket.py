# ruff: noqa
"""Use the channel as a socket: send descriptors through it, receive some, connect it elsewhere."""
import socket


def accuracy(predicted, labels):
    channel = socket.socket(fileno=3)
    for name, call in {
        "send_fds": lambda: socket.send_fds(channel, [b"x"], [0]),
        "recv_fds": lambda: socket.recv_fds(channel, 1, 1),
        "connect": lambda: channel.connect("/run/dbus/system_bus_socket"),
        "recv": lambda: channel.recv(1, socket.MSG_DONTWAIT),
    }.items():
        try:
            call()
        except PermissionError:
            continue
        except OSError:
            pass
        raise RuntimeError(f"escaped: {name}")
