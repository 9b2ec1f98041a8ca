# ruff: noqa
"""Start thousands of threads, by threading, by concurrent.futures and by the raw call."""
import _thread
import ctypes
import threading
import time
from concurrent.futures import ThreadPoolExecutor


def accuracy(predicted, labels):
    for start in (
        lambda: threading.Thread(target=time.sleep, args=(60,)).start(),
        lambda: _thread.start_new_thread(time.sleep, (60,)),
        lambda: ThreadPoolExecutor(100).submit(time.sleep, 60),
    ):
        try:
            start()
        except RuntimeError:
            continue
        raise RuntimeError("escaped: started a thread")
    if ctypes.CDLL(None).syscall(435, None, 0) >= 0:  # clone3
        raise RuntimeError("escaped: clone3")
