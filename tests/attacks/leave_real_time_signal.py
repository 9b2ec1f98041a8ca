# ruff: noqa
"""End by a real-time signal from a timer, whose number has no name in Python."""
import ctypes
import struct
import time

libc = ctypes.CDLL(None)
event = ctypes.create_string_buffer(struct.pack("<Qii", 0, 40, 0), 64)
timer = ctypes.c_void_p()
libc.syscall(222, 1, event, ctypes.byref(timer))  # timer_create on x86-64
libc.syscall(223, timer, 0, ctypes.create_string_buffer(struct.pack("<qqqq", 0, 0, 0, 1000)), None)
time.sleep(0.05)


def accuracy(predicted, labels):
    time.sleep(0.05)
