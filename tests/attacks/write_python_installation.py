# ruff: noqa
"""Plant code where the next process would run it: bytecode, .pth files, sitecustomize, NumPy itself."""
import os
import sys
import sysconfig

import numpy as np


def accuracy(predicted, labels):
    targets = [np.__file__, os.__file__, sys.executable, sysconfig.get_path("purelib") + "/attacked.pth"]
    targets += [os.path.dirname(np.__file__) + "/attacked.py", os.path.dirname(os.__file__) + "/__pycache__/attacked"]
    for path in targets:
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644))
        except OSError:
            continue
        raise RuntimeError(f"escaped: opened {path} for writing")
