"""Given and complete: data sets and the tools the notebooks use."""

import sys

if sys.platform == "emscripten":  # Python in a browser has no threads, and tqdm would warn that its monitor is one
    from tqdm import tqdm

    tqdm.monitor_interval = 0
