"""The untrusted side: loads and runs student code. Imports only the standard library, NumPy and msgpack.

The grader starts this folder as a program of its own inside the sandbox (`serve.py`); for practice in a notebook the same
`Executor` runs in the reader's process. Nothing here knows a check, an expected value or a seed.
"""
