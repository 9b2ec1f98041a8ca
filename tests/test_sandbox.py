"""What isolates a student's code: limits, the probe, the ladder of modes, and frames that can only be data."""

import ast
import os
import shutil
import signal
import struct
import subprocess
import sys
import time

import numpy as np
import pytest

from autograder import checks, sandbox
from autograder.checks import catalogue
from autograder.grading import Submission, exercise_names, grade_exercise
from autograder.locations import COURSE_ROOT
from autograder.oracle import reference_sources, supplied_to
from autograder.sandbox import MODES, Limits, Sandbox, SandboxError, Stopped
from autograder.worker import lockdown, wire
from autograder.worker.executor import Executor
from autograder.worker.modules import Modules

MODE = pytest.mark.parametrize("mode", ["bubblewrap", "landlock"])


def started(mode):
    try:
        return Sandbox(mode)
    except SandboxError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module", params=["bubblewrap", pytest.param("landlock", marks=pytest.mark.slow)])
def isolated(request):
    with started(request.param) as it:
        yield it


def accuracy(source, place, limits=None):
    """Return the result of the exercise `knn.accuracy` of a module."""
    return grade_exercise(
        Submission("somebody", {"knn": source}, COURSE_ROOT), checks.find("knn.accuracy"), place, "secret", limits
    )


def perfect(place):
    return accuracy(reference_sources()["knn"], place).points == 1


# ------------------------------------------------------------------------------------------------------------ limits

ENDINGS = {
    "time": ("import time; time.sleep(60)", Limits(seconds=0.3), "Stopped after 0.3 seconds"),
    "loop": ("while True: pass", Limits(seconds=5.0, cpu_seconds=1), "Stopped after 1 seconds of computing"),
    "memory": ("return bytearray(1 << 32)", Limits(), "MemoryError"),
    "hoard": ("h = []\n    while True: h.append(bytearray(1 << 24))", Limits(memory_bytes=1 << 30), "MemoryError"),
    "large answer": ("import numpy; return numpy.zeros(9_000_000)", Limits(), "more than 64 MB of arrays"),
    "long list": ("return list(range(1_000_000))", Limits(), "more than 1024 kB"),
    "announced": ("import os; os.write(3, b'\\xff' * 8)", Limits(), "the answer is too large"),
    "recursion": ("return accuracy(*arguments)", Limits(), "RecursionError"),
    "stack": ("import sys; sys.setrecursionlimit(1 << 30); exec('f = lambda: [*map(g, [0])]; g = lambda _: f(); f()', {})",
              Limits(), "RecursionError" if sys.version_info >= (3, 12) else "crashed Python"),
    "crash": ("import numpy as np; return float(np.lib.stride_tricks.as_strided(np.zeros(1), (1 << 40,))[1 << 38])",
              Limits(), "crashed Python"),
    "exit": ("import sys; sys.exit(0)", Limits(), "SystemExit"),
    "hard exit": ("import os; os._exit(0)", Limits(), "ended the Python process"),
    "known signal": ("import signal; signal.setitimer(0, 1e-3); signal.pause()", Limits(), "ended by signal SIGALRM"),
}  # fmt: skip


@pytest.mark.parametrize("ending", ENDINGS)
def test_each_limit_ends_one_exercise_with_a_clear_sentence(ending, isolated):
    body, limits, sentence = ENDINGS[ending]
    result = accuracy(f"def accuracy(*arguments):\n    {body}\n", isolated, limits)
    assert result.points == 0
    assert sentence in result.checks[0].message
    assert perfect(isolated)


def test_a_module_that_never_finishes_loading_says_so(isolated):
    result = accuracy("while True: pass\ndef accuracy(*arguments): pass", isolated, Limits(seconds=0.3))
    assert result.points == 0 and result.checks[0].message.startswith("While Python read your file: stopped after 0.3 seconds")


def test_printing_much_is_no_answer_and_no_obstacle(isolated):
    source = "def accuracy(p, y):\n    for _ in range(10): print('x' * 10_000_000)\n    return (p == y).mean()"
    assert accuracy(source, isolated).points == 1


def test_a_signal_without_a_name_ends_an_exercise_like_any_other(isolated):
    unit = isolated.open(job("def accuracy(): pass"))
    signal.pidfd_send_signal(unit.pidfd, signal.SIGRTMIN + 6)
    with pytest.raises(Stopped, match="ended by signal 40"):
        unit.exchange(wire.pack_frame(["load"]))


def test_a_lost_worker_is_replaced(isolated):
    unit = isolated.open(job("def accuracy(): pass"))
    isolated.process.kill()
    isolated.process.wait()
    with pytest.raises(Stopped):
        while True:
            unit.exchange(wire.pack_frame(["load"]))
    assert perfect(isolated)


# --------------------------------------------------------------------------------------------- nothing is left behind

GRADER = """
import sys, time
from autograder.sandbox import Sandbox
from autograder.worker import wire
sandbox = Sandbox(sys.argv[1])
job = {"exercise": "knn.accuracy", "student": {"knn": sys.argv[2]}, "filenames": {"knn": "knn.py"}, "reference": {}}
unit = sandbox.open({**job, "supplied": {}})
unit.send(wire.pack_frame(["load"]))
print("started", flush=True)
time.sleep(60)
"""


@MODE
def test_no_process_outlives_a_grader_that_was_killed(mode):
    started(mode).close()
    source = "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\ntime.sleep(60)"
    grader = subprocess.Popen([sys.executable, "-c", GRADER, mode, source], stdout=subprocess.PIPE, cwd=COURSE_ROOT)
    assert grader.stdout.readline() == b"started\n"
    deadline = time.monotonic() + 5
    below = []
    while len(below) < (3 if mode == "bubblewrap" else 2) and time.monotonic() < deadline:
        below = descendants(grader.pid)
    grader.kill()
    grader.communicate()
    while any(os.path.exists(f"/proc/{process}") for process in below) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert below and not [process for process in below if os.path.exists(f"/proc/{process}")]


def descendants(process):
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = dict(map(int, line.split()) for line in listed.splitlines())
    found = []
    for each in parents:
        ancestor = each
        while ancestor in parents and ancestor != process:
            ancestor = parents[ancestor]
        if ancestor == process != each:
            found.append(each)
    return found


# ------------------------------------------------------------------------------------------------ probe and ladder


@pytest.fixture
def own_worker(tmp_path, monkeypatch):
    """A copy of the worker whose files a test may change."""
    folder = shutil.copytree(sandbox.WORKER, tmp_path / "worker")
    monkeypatch.setattr(sandbox, "WORKER", folder)

    def change(name, old, new):
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


@MODE
def test_probe_finds_calls_that_are_let_through(mode, own_worker):
    started(mode).close()
    own_worker("lockdown.py", "socket=(41, 198), ", "")
    with pytest.raises(SandboxError, match="could open a socket"):
        Sandbox(mode)


@MODE
def test_probe_finds_a_missing_filter(mode, own_worker):
    started(mode).close()
    own_worker("serve.py", "lockdown.restrict_calls()", "pass")
    with pytest.raises(SandboxError, match="start a process"):
        Sandbox(mode)


def test_probe_finds_a_bind_too_many(monkeypatch):
    started("bubblewrap").close()
    make = sandbox.worker_command

    def with_bind(*args):
        command = make(*args)
        place = command.index("--chdir")
        return [*command[:place], "--ro-bind", str(COURSE_ROOT), str(COURSE_ROOT), *command[place:]]

    monkeypatch.setattr(sandbox, "worker_command", with_bind)
    with pytest.raises(SandboxError, match="could open"):
        Sandbox("bubblewrap")


def test_probe_finds_a_rule_too_many(own_worker):
    started("landlock").close()
    own_worker("serve.py", "json.loads(options.readable)", "['/']")
    with pytest.raises(SandboxError, match="could open"):
        Sandbox("landlock")


def test_without_bubblewrap_landlock_is_taken(monkeypatch):
    started("landlock").close()
    monkeypatch.setenv("PATH", "")
    with Sandbox() as it:
        assert it.mode == "landlock"
        assert perfect(it)


def test_a_program_that_cannot_be_started_is_a_step_down_the_ladder(monkeypatch, tmp_path):
    started("landlock").close()
    (tmp_path / "bwrap").write_bytes(b"no program")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with Sandbox() as it:
        assert it.mode == "landlock"
    with pytest.raises(SandboxError, match="cannot be started"):
        Sandbox("bubblewrap")


def test_without_any_isolation_it_refuses_and_says_what_to_install(monkeypatch, own_worker):
    monkeypatch.setenv("PATH", "")
    own_worker("lockdown.py", "return max(0, libc.syscall", "return min(0, libc.syscall")
    with pytest.raises(SandboxError, match="(?s)bubblewrap: bwrap is not installed.*landlock: .*apt install bubblewrap"):
        Sandbox()
    assert MODES[-1] == "none"  # and is never taken unasked


def test_seccomp_filter_refuses_every_call_of_the_list():
    """Every call is asked for once in a process under the filter; none may say anything but EPERM."""
    import ctypes
    import platform

    column = lockdown.ARCHITECTURES[platform.machine()][0]
    numbers = [call[column] for calls in lockdown.DENIED_CALLS.values() for call in calls.values() if call[column] is not None]
    assert len(set(numbers)) == len(numbers)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        lockdown.restrict_calls()
        passed = []
        for number in (*numbers, *range(440, 480)):
            ctypes.set_errno(0)
            if lockdown.libc.syscall(number, -1, -1, -1, -1, -1, -1) != -1 or ctypes.get_errno() != 1:
                passed.append(number)
        os.write(writer, repr(passed).encode() or b"?")
        os._exit(0)
    os.close(writer)
    answer = os.read(reader, 10_000)
    os.waitpid(child, 0)
    os.close(reader)
    assert answer == b"[]"


# -------------------------------------------------------------------------------------------------------------- wire


def crossed(value):
    return wire.unpack_frame(wire.pack_frame(value))


def arrays(dtype):
    """Yield arrays of every layout."""
    rng = np.random.default_rng(0)
    for shape in ((), (0,), (1,), (5,), (3, 4), (2, 0, 3), (2, 3, 4), (1,) * 12):
        flat = np.frombuffer(rng.bytes(int(np.prod(shape)) * np.dtype(dtype).itemsize), dtype)
        array = (flat.view(np.uint8) % 2).view(bool) if dtype == "|b1" else flat
        array = array.reshape(shape)
        yield array
        yield np.asfortranarray(array)
        if array.ndim:
            yield np.repeat(array, 2, axis=-1)[..., ::2]
            yield array[::-1]
            yield array.T
            yield np.broadcast_to(array, (2, *array.shape))


@pytest.mark.parametrize("dtype", sorted(wire.DTYPES))
def test_arrays_cross_bit_for_bit_and_keep_their_layout(dtype):
    for array in arrays(dtype):
        (got,) = crossed([array])
        assert got.dtype == array.dtype and got.shape == array.shape and got.tobytes() == array.tobytes()
        assert wire.memory_order(got) == wire.memory_order(array)
        assert got.flags.writeable and not np.shares_memory(got, array)
        scalar = array.ravel()[:1]
        if scalar.size:
            (got,) = crossed([scalar[0]])
            assert type(got) is type(scalar[0]) and got.tobytes() == scalar[0].tobytes()


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(1 << 63),
        (1 << 64) - 1,
        1.5,
        float("inf"),
        "",
        "a\0ü",
        b"\xff",
        [],
        (),
        {},
        ((), [()], {"a": (1, [2, (3,)])}),
    ],
    ids=repr,
)
def test_values_cross_with_their_types(value):
    assert crossed(value) == value and repr(crossed(value)) == repr(value)


def test_generators_cross_with_their_state():
    rng = np.random.default_rng(7)
    rng.integers(10, dtype=np.uint32)
    twin = crossed(rng)
    assert (twin.random(5) == rng.random(5)).all() and (twin.permutation(9) == rng.permutation(9)).all()


def test_what_is_not_data_is_only_described():
    class Sub(np.ndarray):
        pass

    for value in (np.array([object()]), np.zeros(3, "V4"), np.zeros(2, "M8[s]"), np.array(["a"]), np.zeros(2).view(Sub)):
        assert type(crossed(value)) is wire.Foreign
    for value in (object(), {1, 2}, 1j, print, np.random.RandomState(0), type("Text", (str,), {})("x")):
        with pytest.raises(wire.WireError):
            wire.pack_frame(value)
    cycle = []
    cycle.append(cycle)
    for value in (1 << 70, cycle, np.zeros(wire.MAX_BODY + 1, np.uint8), "x" * (wire.MAX_HEADER + 1), {1: 2}):
        with pytest.raises(wire.WireError):
            crossed(value)


def test_a_function_crosses_to_the_worker_only():
    frame = wire.pack_frame([wire.Function("lambda x: x + 1")])
    with pytest.raises(wire.WireError, match="only data"):
        wire.unpack_frame(frame)


def test_mutated_frames_are_wire_errors_or_data():
    """2,000 mutations of good frames: whatever comes, nothing but WireError is raised, and only data comes out."""
    rng = np.random.default_rng(1)
    message = [
        "ok",
        np.arange(6.0).reshape(2, 3),
        (np.float32(2), "text", None, wire.Handle(3, "Model")),
        {"a": [1, -2.5, b"x"]},
    ]
    message += [np.zeros((3, 0), "<i4"), np.ones((2, 4))[:, ::2], np.random.default_rng(0), wire.Foreign("a thing")]
    good = wire.pack_frame(message)
    header_size, body_size = wire.prefix_sizes(good[:8])
    errors = 0
    for _ in range(2000):
        frame = bytearray(good)
        for _ in range(rng.integers(1, 5)):
            kind, place = rng.integers(4), int(rng.integers(8, len(frame)))
            if kind == 0:
                frame[place] = rng.integers(256)
            elif kind == 1:
                frame[place] ^= 1 << int(rng.integers(8))
            elif kind == 2:
                del frame[place : place + int(rng.integers(1, 9))]
            else:
                frame[place:place] = rng.bytes(int(rng.integers(1, 9)))
            if len(frame) < 20:
                break
        if rng.random() < 0.7:  # let the prefix fit, so that the mutation is met by the decoder
            body = min(body_size, len(frame) - 8)
            frame[:8] = struct.pack("<II", len(frame) - 8 - body, body)
        try:
            wire.unpack_frame(bytes(frame))
        except wire.WireError:
            errors += 1
    assert errors > 1000


@pytest.mark.parametrize("frame", [b"", b"\0" * 7, b"\0" * 8, b"\xff" * 8, struct.pack("<II", 1, 0), b"\1\0\0\0\0\0\0\0\xc1"])
def test_short_and_empty_frames_are_wire_errors(frame):
    with pytest.raises(wire.WireError):
        wire.unpack_frame(frame)


# --------------------------------------------------------------------------------------------- blame isolation


def job(source, name="accuracy", reference=None, supplied=()):
    return {
        "exercise": f"knn.{name}",
        "student": {"knn": source},
        "filenames": {"knn": "dlcourse/knn.py"},
        "reference": {"knn": reference} if reference else {},
        "supplied": {"knn": list(supplied)} if supplied else {},
    }


@pytest.mark.parametrize("exercise", [exercise.name for exercise in catalogue()])
def test_reference_of_the_graded_exercise_is_never_sent(exercise):
    module, name = exercise.split(".")
    reference, supplied = supplied_to(exercise, checks.find(exercise).uses, exercise_names())
    assert name not in supplied.get(module, ())
    for node in ast.walk(ast.parse(reference.get(module, ""))):
        assert getattr(node, "name", None) != name


REFERENCE = "def helper(): return 'reference'\ndef lent(): return helper(), graded()"
STUDENTS = """
def helper(): return 'student'
def lent(): return 'student'
def graded(): return helper()
lent = lambda: 'student'
"""


def test_a_lent_exercise_is_the_references_and_calls_the_students_graded_one():
    module = Modules(job(STUDENTS, "graded", REFERENCE, ["lent"])).graded()
    assert module.lent() == ("reference", "student")
    assert module.graded() == "student"
    assert not hasattr(module, "__reference__")


def test_objects_of_the_student_stay_with_the_student():
    executor = Executor(Modules(job("class accuracy: value = 3")))

    def ask(*request):
        return wire.unpack_frame(executor.answer(wire.pack_frame(list(request))))

    _, module, _, _ = ask("load")
    _, made, _, _ = ask("get", module, "accuracy")
    _, thing, measured, changed = ask("call", made, [], {}, None)
    assert type(thing) is wire.Handle and thing.type_name == "accuracy"
    assert (measured, changed) == (None, [])
    assert ask("set", thing, "value", np.arange(2))[0] == "ok"
    assert ask("get", thing, "value")[1].tolist() == [0, 1]
    assert ask("get", thing, "other")[:2] == ["error", "AttributeError"]
    assert ask("get", wire.Handle(99, "ghost"), "value")[0] == "error"


def test_changed_arguments_are_named():
    executor = Executor(Modules(job("def accuracy(a, b, c):\n    a[0] = 9; c[0][1] = 5; b = None")))
    module = wire.unpack_frame(executor.answer(wire.pack_frame(["load"])))[1]
    function = wire.unpack_frame(executor.answer(wire.pack_frame(["get", module, "accuracy"])))[1]
    call = ["call", function, [np.zeros(2), np.zeros(2)], {"c": [np.zeros(2)]}, None]
    assert wire.unpack_frame(executor.answer(wire.pack_frame(call)))[3] == [0, "c"]
