# ruff: noqa
"""Send arrays whose headers lie: forbidden dtypes, sizes beyond the body, negative and overflowing shapes."""
import os
import struct
import sys

msgpack = sys.modules["msgpack"]
HEADERS = (
    ["|O", [1], 0, "C"],
    ["<f8", [1 << 40], 0, "C"],
    ["<f8", [-1], 0, "C"],
    ["<f8", [1 << 62, 4], 0, "C"],
    ["<f8", [0, 1 << 62], 0, "S"],
    ["<f8", [1], -8, "C"],
    [["<f8"], [1], 0, {}],
)


def send(header, body=b"\0" * 8):
    message = msgpack.packb(["ok", msgpack.ExtType(1, msgpack.packb(header)), None, []])
    os.write(3, struct.pack("<II", len(message), len(body)) + message + body)


def accuracy(predicted, labels):
    for header in HEADERS:
        send(header)


def l1_distances(queries, points):
    send(HEADERS[4], b"")


def majority_vote(labels, num_classes):
    send(HEADERS[3])
