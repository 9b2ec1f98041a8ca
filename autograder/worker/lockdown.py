"""Give up rights for good: Landlock for files and network, seccomp for system calls, rlimits for time and memory.

Everything here can only be tightened by the process that called it, never undone, and is inherited by its children.
"""

import ctypes
import errno
import os
import platform
import resource
import struct
from functools import lru_cache

libc = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
SECCOMP_MODE_FILTER = 2

# Landlock system calls have the same numbers on every architecture; the rights below are those of <linux/landlock.h>.
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
READ_FILE, READ_DIR = 1 << 2, 1 << 3

# Denied with EPERM, by purpose. (x86-64 number, AArch64 number); None where the architecture lacks the call.
DENIED_CALLS = {
    "processes and threads": dict(
        clone=(56, 220), fork=(57, None), vfork=(58, None), clone3=(435, 435), execve=(59, 221), execveat=(322, 281)
    ),
    "signals and other processes": dict(
        kill=(62, 129), tkill=(200, 130), tgkill=(234, 131), rt_sigqueueinfo=(129, 138), rt_tgsigqueueinfo=(297, 240),
        ptrace=(101, 117), process_vm_readv=(310, 270), process_vm_writev=(311, 271), process_madvise=(440, 440),
        pidfd_open=(434, 434), pidfd_getfd=(438, 438), pidfd_send_signal=(424, 424), kcmp=(312, 272),
        setpriority=(141, 140), sched_setaffinity=(203, 122), prlimit64=(302, 261), setrlimit=(160, 164),
        sched_setparam=(142, 118), sched_setscheduler=(144, 119), sched_setattr=(314, 274), ioprio_set=(251, 30),
        migrate_pages=(256, 238), move_pages=(279, 239), prctl=(157, 167),
    ),
    "sockets and pipes": dict(
        socket=(41, 198), connect=(42, 203), accept=(43, 202), sendto=(44, 206), recvfrom=(45, 207),
        sendmsg=(46, 211), recvmsg=(47, 212), bind=(49, 200), listen=(50, 201), socketpair=(53, 199),
        accept4=(288, 242), recvmmsg=(299, 243), sendmmsg=(307, 269),
    ),
    "memory shared or made executable by name": dict(
        shmget=(29, 194), shmat=(30, 196), shmctl=(31, 195), shmdt=(67, 197), semget=(64, 190), semop=(65, 193),
        semtimedop=(220, 192), semctl=(66, 191), msgget=(68, 186), msgsnd=(69, 189), msgrcv=(70, 188), msgctl=(71, 187),
        mq_open=(240, 180), mq_unlink=(241, 181), memfd_create=(319, 279), memfd_secret=(447, 447), userfaultfd=(323, 282),
    ),
    "namespaces, mounts and the kernel": dict(
        unshare=(272, 97), setns=(308, 268), mount=(165, 40), umount2=(166, 39), pivot_root=(155, 41), chroot=(161, 51),
        open_tree=(428, 428), move_mount=(429, 429), fsopen=(430, 430), fsconfig=(431, 431), fsmount=(432, 432),
        fspick=(433, 433), mount_setattr=(442, 442), bpf=(321, 280), perf_event_open=(298, 241), keyctl=(250, 219),
        add_key=(248, 217), request_key=(249, 218), personality=(135, 92), init_module=(175, 105),
        finit_module=(313, 273), delete_module=(176, 106), kexec_load=(246, 104), kexec_file_load=(320, 294),
        reboot=(169, 142), swapon=(167, 224), swapoff=(168, 225), acct=(163, 89), syslog=(103, 116), vhangup=(153, 58),
        iopl=(172, None), ioperm=(173, None), modify_ldt=(154, None), uselib=(134, None), quotactl=(179, 60),
        settimeofday=(164, 170), clock_settime=(227, 112), adjtimex=(159, 171), clock_adjtime=(305, 266),
        sethostname=(170, 161), setdomainname=(171, 162), io_setup=(206, 0), io_submit=(209, 2),
        io_uring_setup=(425, 425), io_uring_enter=(426, 426), io_uring_register=(427, 427),
    ),
    "changes to the file system": dict(
        creat=(85, None), mkdir=(83, None), mkdirat=(258, 34), mknod=(133, None), mknodat=(259, 33), rmdir=(84, None),
        unlink=(87, None), unlinkat=(263, 35), rename=(82, None), renameat=(264, 38), renameat2=(316, 276),
        link=(86, None), linkat=(265, 37), symlink=(88, None), symlinkat=(266, 36), chmod=(90, None), fchmod=(91, 52),
        fchmodat=(268, 53), fchmodat2=(452, 452), chown=(92, None), fchown=(93, 55), lchown=(94, None),
        fchownat=(260, 54), truncate=(76, 45), ftruncate=(77, 46), utime=(132, None), utimes=(235, None),
        utimensat=(280, 88), futimesat=(261, None), setxattr=(188, 5), lsetxattr=(189, 6), fsetxattr=(190, 7),
        removexattr=(197, 14), lremovexattr=(198, 15), fremovexattr=(199, 16), flock=(73, 32),
        sync=(162, 81), syncfs=(306, 267),
    ),
    "watching others' files": dict(
        inotify_init=(253, None), inotify_init1=(294, 26), fanotify_init=(300, 262), name_to_handle_at=(303, 264),
        open_by_handle_at=(304, 265),
    ),
}  # fmt: skip
FIRST_REFUSED = 440  # every call from this number on is younger than this list, and nothing here needs one

# Of these calls, the commands that are let through: (numbers, commands). The others reach further than one thinks:
# F_SETOWN and F_SETSIG send signals, F_SETLEASE and F_SETLK keep others waiting, FS_IOC_SETFLAGS and FIFREEZE change files.
ALLOWED_COMMANDS = {
    "fcntl": ((72, 25), (0, 1, 2, 3, 4, 1030)),  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC
    "ioctl": ((16, 29), (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)),  # is it a terminal, FIONREAD, FIONBIO, FIO[N]CLEX
}
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # no core dumps, no /proc/<pid>/mem for others


def limit_resources(cpu_seconds, memory_bytes):
    """Cap this process for good: CPU time, address space, no file growth, few descriptors, no core."""
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1),  # SIGXCPU tells the grader why; SIGKILL follows if ignored
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, 64, 64),
    ):
        _, limit = resource.getrlimit(kind)
        limit = limit if limit != resource.RLIM_INFINITY else hard
        resource.setrlimit(kind, (min(soft, limit), min(hard, limit)))


def landlock_version():
    """Return the version of Landlock that this kernel offers, 0 if none."""
    return max(0, libc.syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def restrict_files(readable):
    """Forbid all access to files, TCP and (from Landlock 6) others' abstract sockets and signals, but reading `readable`.

    Args:
        readable: paths; a folder stands for everything below it.

    Raises:
        OSError: if the kernel refuses.
    """
    version = landlock_version()
    if version < 1:
        raise OSError(errno.ENOSYS, "this kernel has no Landlock")
    rights = (1 << 13) - 1
    rights |= (1 << 13 if version >= 2 else 0) | (1 << 14 if version >= 3 else 0) | (1 << 15 if version >= 5 else 0)
    network = 0b11 if version >= 4 else 0
    scope = 0b11 if version >= 6 else 0
    attributes = struct.pack("<QQQ", rights, network, scope)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = checked(LANDLOCK_CREATE_RULESET, ctypes.c_char_p(attributes), ctypes.c_size_t(size), 0)
    for path in readable:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        rule = struct.pack("<Qi", READ_FILE | (READ_DIR if os.path.isdir(path) else 0), descriptor)
        checked(LANDLOCK_ADD_RULE, ruleset, 1, ctypes.c_char_p(rule), 0)
        os.close(descriptor)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    checked(LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def checked(number, *arguments):
    result = libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


@lru_cache
def seccomp_program():
    """Return the filter as packed BPF: kill on a foreign architecture, EPERM by the tables above, allow the rest."""
    try:
        column, audit_arch = ARCHITECTURES[platform.machine()]
    except KeyError:
        raise OSError(errno.ENOSYS, f"no system-call filter for {platform.machine()}") from None
    load, jump_equal, jump_greater_equal, give = 0x20, 0x15, 0x35, 0x06
    kill, refuse, allow = 0x80000000, 0x00050000 | errno.EPERM, 0x7FFF0000
    program = [(load, 0, 0, 4), (jump_equal, 1, 0, audit_arch), (give, 0, 0, kill), (load, 0, 0, 0)]
    if column == 0:  # x86-64 has a second, 32-bit way in to every call: the x32 numbers
        program += [(jump_greater_equal, 0, 1, 0x40000000), (give, 0, 0, kill)]
    program += [(jump_greater_equal, 0, 1, FIRST_REFUSED), (give, 0, 0, refuse)]
    for calls in DENIED_CALLS.values():
        for numbers in calls.values():
            if numbers[column] is not None:
                program += [(jump_equal, 0, 1, numbers[column]), (give, 0, 0, refuse)]
    for numbers, commands in ALLOWED_COMMANDS.values():
        program += [(jump_equal, 0, 2 * len(commands) + 2, numbers[column]), (load, 0, 0, 24)]  # 24: low half of argument 1
        for command in commands:
            program += [(jump_equal, 0, 1, command), (give, 0, 0, allow)]
        program.append((give, 0, 0, refuse))
    program.append((give, 0, 0, allow))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


def restrict_calls():
    """Forbid the system calls in `DENIED_CALLS` for good; OSError if the kernel refuses."""
    program = seccomp_program()
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("<HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_char_p(header), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
