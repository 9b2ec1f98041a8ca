# ruff: noqa
"""Ask the kernel for its powers: io_uring, BPF, perf, userfaultfd, modules, reboot, the clock."""
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
CALLS = {
    "io_uring_setup": (425, 8, None),
    "bpf": (321, 0, None, 0),
    "perf_event_open": (298, None, 0, -1, -1, 0),
    "userfaultfd": (323, 0),
    "init_module": (175, None, 0, b""),
    "finit_module": (313, -1, b"", 0),
    "kexec_load": (246, 0, 0, None, 0),
    "kexec_file_load": (320, -1, -1, 0, None, 0),
    "reboot": (169, 0, 0, 0, None),
    "clock_settime": (227, 99, None),
    "settimeofday": (164, None, None),
    "adjtimex": (159, None),
    "sethostname": (170, None, -1),
    "swapoff": (168, None),
    "iopl": (172, 0),
    "ioperm": (173, 0, 1, 0),
    "acct": (163, b"/nonexistent"),
    "quotactl": (179, 0, None, 0, None),
    "open_by_handle_at": (304, -1, None, 0),
    "name_to_handle_at": (303, -1, None, None, None, 0),
    "personality": (135, 0),
    "io_setup": (206, 1, None),
    "memfd_create": (319, b"attacked", 0),
    "shmget": (29, 0, 4096, 0o1600),
    "semget": (64, 0, 1, 0o1600),
    "msgget": (68, 0, 0o1600),
    "mq_open": (240, b"attacked", 0o100, 0o600, None),
    "modify_ldt": (154, 0, None, 0),
}


def accuracy(predicted, labels):
    for name, call in CALLS.items():
        ctypes.set_errno(0)
        if libc.syscall(*call) >= 0 or ctypes.get_errno() != 1:
            raise RuntimeError(f"escaped: {name}")
