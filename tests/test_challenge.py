"""The final challenge: right models earn what they reach, wrong and hostile ones nothing, and the grader stays whole."""

import io
import json
import os
import pickle
import secrets
import tempfile
import time
import warnings
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

import autograder
from autograder import checks, grading, intake, misconceptions, weights
from autograder.challenge import leaderboard, print_leaderboard
from autograder.checks import challenge as check
from autograder.locations import COURSE_ROOT, CourseError
from autograder.oracle import reference_sources
from autograder.report import write_html
from autograder.sandbox import Limits, Sandbox
from dlcourse.toolkit import challenge, training
from dlcourse.toolkit.cli.submitting import files_to_submit, write_zip

EXERCISE = checks.find("challenge.predict")
REFERENCE = COURSE_ROOT / "solutions/dlcourse" / weights.FILE
MISTAKES = misconceptions.of("challenge.predict")
ATTACKS = {path.stem: path for path in sorted((Path(__file__).parent / "attacks/challenge").glob("*.py"))}
SHORT = Limits(seconds=0.5, cpu_seconds=1)
FOLDERS = {"course": COURSE_ROOT, "home": Path.home(), "temporary": Path(tempfile.gettempdir())}
PART = "part6_training"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def few_images(monkeypatch):
    monkeypatch.setattr(check, "IMAGES", 200)


@pytest.fixture(scope="module")
def own():
    """The reference's module."""
    autograder.use("solutions")
    from dlcourse import challenge as module

    yield module
    autograder.use(COURSE_ROOT)


def submission(name="somebody", handed_in=True, **sources):
    handed_in = REFERENCE.read_bytes() if handed_in is True else handed_in or None
    return grading.Submission(name, reference_sources() | sources, COURSE_ROOT / "solutions", weights=handed_in)


def messages(result):
    return " ".join(each.message for each in result.checks)


# ------------------------------------------------------------------------------------------------------- the reference


@pytest.mark.parametrize("secret", ["one course", "another course"])
def test_reference_reaches_95_percent_with_its_own_layers_in_the_sandbox(sandbox, secret):
    result = grading.grade_exercise(submission(), EXERCISE, sandbox, secret)
    measured = result.checks[-1].measured
    assert measured["images"] == 2000 and measured["right"] >= 0.95 * 2000, messages(result)
    assert result.points == EXERCISE.points
    assert measured["seconds"] < 30  # it takes 1 to 2 on a machine that does nothing else


@pytest.mark.slow
def test_reference_reaches_95_percent_on_ten_fresh_test_sets(own):
    given = challenge.load_weights(REFERENCE)
    for _ in range(10):
        images, labels = check.drawn(int.from_bytes(os.urandom(16), "little"), check.IMAGES)
        right = [own.predict(given, images[i : i + 100]) == labels[i : i + 100] for i in range(0, len(images), 100)]
        assert np.mean(right) >= 0.95


def test_reference_weights_are_small_and_no_student_gets_them():
    assert REFERENCE.stat().st_size < 300_000
    assert (COURSE_ROOT / ".gitignore").read_text().count(f"/dlcourse/{weights.FILE}\n") == 1
    assert set(weights.read_weights(REFERENCE.read_bytes())) >= {"layers.0.weight", "layers.2.running_mean"}


@pytest.mark.slow
def test_reference_learns_what_it_learned_from_its_seed(own, tmp_path):
    """Two epochs of the script that made the committed weights: far above chance already, and alike when repeated."""
    import importlib.util
    import sys

    sys.path.insert(0, str(COURSE_ROOT / "benchmarks"))
    try:
        spec = importlib.util.spec_from_file_location("benchmark_challenge", COURSE_ROOT / "benchmarks/challenge.py")
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
    finally:
        sys.path.pop(0)
    (once, history), (again, _) = (script.trained(epochs=2, seed=0, minutes=10) for _ in range(2))
    assert history.validation_accuracy[-1] > 0.4
    assert all(np.array_equal(once[name], again[name]) for name in once)


# ------------------------------------------------------------------------------------------------------- the scale


def test_scale_runs_from_a_linear_classifier_to_95_percent():
    assert EXERCISE.share(0.1) == EXERCISE.share(0.4) == 0
    assert EXERCISE.share(0.6) == pytest.approx(0.3)
    assert EXERCISE.share(0.725) == pytest.approx(0.5)
    assert EXERCISE.share(0.95) == EXERCISE.share(1) == 1
    accuracies = np.linspace(0, 1, 101)
    assert np.all(np.diff([EXERCISE.share(accuracy) for accuracy in accuracies]) >= 0)


def test_points_are_the_share_of_what_was_measured_times_the_checks_that_pass():
    def results(*pairs):
        return [grading.CheckResult("", passed, "", share=share) for passed, share in pairs]

    earned = grading.earned
    assert earned(EXERCISE, results((True, None), (True, None), (False, 0.7))) == pytest.approx(0.7)
    assert earned(EXERCISE, results((False, None), (True, None), (True, 1.0))) == pytest.approx(0.5)
    assert earned(EXERCISE, results((True, None), (True, None), (False, None))) == 0  # nothing was measured
    assert earned(EXERCISE, results((True, None), (True, None), (False, 0.0))) == 0
    other = checks.find("augmentation.random_flip")
    assert earned(other, results((True, None), (False, None))) == 0.5


def test_a_weaker_model_earns_less_and_is_told_why(few_images):
    """One label in five of the reference's replaced by another."""
    worse = reference_sources()["challenge"].replace(
        "return scores.argmax(axis=1)",
        "labels = scores.argmax(axis=1)\n    return np.where(images.sum(axis=(1, 2, 3)) % 5 == 0, (labels + 1) % 10, labels)",
    )
    result = grading.grade_exercise(submission(challenge=worse), EXERCISE, secret="any")
    measured = result.checks[-1].measured
    assert 0.65 < measured["right"] / 200 < 0.9
    assert result.points == pytest.approx(10 * EXERCISE.share(measured["right"] / 200), abs=0.01)
    assert 3 < result.points < 9 and not result.checks[-1].passed and "on the scale" in result.checks[-1].message


def test_all_students_get_the_same_hidden_images_and_every_course_others():
    ada, ben = submission("ada"), submission("ben", challenge="other = 1")
    assert grading.seed_of(EXERCISE, ada, "secret") == grading.seed_of(EXERCISE, ben, "secret")
    seeds = {grading.seed_of(EXERCISE, ada, secret) for secret in ("secret", "other", grading.PRACTICE)}
    assert len(seeds) == 3
    drawn = [check.drawn(check.seed_from(np.random.default_rng(int(seed, 16))), 20)[0] for seed in sorted(seeds)]
    assert not np.array_equal(drawn[0], drawn[1])
    from dlcourse.toolkit import shapes

    public = shapes.draw(0, 0, range(20))[0]
    assert not any(np.array_equal(images, public) for images in drawn)


# ------------------------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistakes_lose_points_on_several_seeds(mistake, few_images):
    wrong = submission(challenge=misconceptions.source_with(mistake))
    for secret in ("one", "two"):
        result = grading.grade_exercise(wrong, EXERCISE, secret=secret)
        assert result.points < EXERCISE.points, messages(result)
        if mistake.name not in ("training-mode", "centred-by-the-batch", "mirrored-in-place"):
            assert result.points < 0.6 * EXERCISE.points, messages(result)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["training-mode", "centred-by-the-batch"])
def test_dependence_on_the_batch_is_found_on_many_seeds(name):
    mistake = next(each for each in MISTAKES if each.name == name)
    session = grading.open_session(submission(challenge=misconceptions.source_with(mistake)), EXERCISE)
    for seed in range(20):
        seed = grading.seed_of(EXERCISE, submission(), str(seed))
        assert not grading.run_check(EXERCISE.checks[1], EXERCISE, session, seed).passed


@pytest.mark.slow
def test_reference_passes_the_plain_checks_on_many_seeds():
    session = grading.open_session(submission(), EXERCISE)
    for seed in range(20):
        seed = grading.seed_of(EXERCISE, submission(), str(seed))
        assert all(grading.run_check(each, EXERCISE, session, seed).passed for each in EXERCISE.checks[:2])


def test_a_mistake_in_another_module_counts_here_too(few_images):
    """It is the student's own work all through: nothing of the reference's stands in."""
    source = reference_sources()["convolution"]
    broken = source.replace("class Conv2d(Layer):", "class Conv2d(Layer):\n    forward = None\n\n\nclass Ignored(Layer):", 1)
    assert broken != source
    assert grading.grade_exercise(submission(convolution=broken), EXERCISE, secret="any").points == 0
    assert grading.job_of(submission(), EXERCISE, None)["supplied"] == {}


def test_without_weights_the_reason_says_what_to_do(sandbox):
    result = grading.grade_exercise(submission(handed_in=False), EXERCISE, sandbox, "any")
    assert result.points == 0 and "challenge.npz is missing" in messages(result)


# ------------------------------------------------------------------------------------------------------- weights of strangers


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def zipped(*entries, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two of a name are meant
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def npy(descr="'<f4'", shape="(4,)", body=bytes(16), order="False"):
    header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + body


class Attack:
    """What would run if somebody unpickled it."""

    def __reduce__(self):
        return (os.system, ("touch attacked-by-pickle",))


HOSTILE = {
    "nothing": (b"", "no .npz"),
    "a pickle": (pickle.dumps({"w": np.ones(3)}), "no .npz"),
    "pickled objects": (zipped(("w.npy", npy("'|O'", "(1,)", pickle.dumps(Attack())))), "Python objects"),
    "a structured array": (npz(w=np.zeros(2, [("a", "f4")])), "plain numbers"),
    "complex text": (npz(w=np.array(["text"])), "plain numbers"),
    "big numbers first": (npz(w=np.ones(3, ">f4")), "plain numbers"),
    "a zip bomb": (zipped(("w.npy", npy(shape="(16777216,)", body=bytes(64 << 20)))), "unpacked it is larger"),
    "many bombs": (zipped(*((f"w{i}.npy", npy(shape="(750000,)", body=bytes(3_000_000))) for i in range(20))), "larger|numbers"),
    "too many numbers": (npz(w=np.ones(600_000, np.float16)), "more than 500,000 numbers"),
    "too many arrays": (npz(**{f"w{i}": np.ones(1) for i in range(400)}), "more than 300 arrays"),
    "too large a file": (bytes(5 << 20), "larger than 4 MB"),
    "a claim of size": (zipped(("w.npy", npy(shape="(1099511627776,)"))), "not as large as it says"),
    "an endless shape": (zipped(("w.npy", npy(shape="(" + "9" * 60 + ",)"))), "not as large as it says"),
    "an empty shape": (zipped(("w.npy", npy(shape="(4611686018427387904, 0)", body=b""))), "empty"),
    "a program for a header": (zipped(("w.npy", npy(shape="(__import__('os').system('true'),)"))), "plain numbers"),
    "a long header": (zipped(("w.npy", b"\x93NUMPY\x02\x00" + (1 << 30).to_bytes(4, "little") + bytes(64))), "no array"),
    "a path": (zipped(("../../w.npy", npy())), "unusual name"),
    "no array": (zipped(("readme.txt", b"hello")), "something else"),
    "two of a name": (zipped(("w.npy", npy()), ("w.npy", npy())), "two arrays"),
    "unusual compression": (zipped(("w.npy", npy()), compression=zipfile.ZIP_LZMA), "unusual way"),
    "damage": (npz(w=np.ones(100))[:-40], "no .npz"),
    "wrong checksum": (zipped(("w.npy", npy()), compression=zipfile.ZIP_STORED).replace(bytes(16), bytes(15) + b"\1"), "damaged"),
    "not a number": (npz(w=np.array([1, np.nan])), "NaN"),
    "infinity": (npz(w=np.array([1, np.inf], np.float16)), "NaN or infinity"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_weights_are_refused_with_a_reason(what):
    raw, reason = HOSTILE[what]
    start = time.process_time()
    with pytest.raises(weights.Unreadable, match=reason):
        weights.read_weights(raw)
    assert time.process_time() - start < 1
    assert not Path("attacked-by-pickle").exists()


def test_hostile_weights_earn_nothing(sandbox):
    raw, _ = HOSTILE["pickled objects"]
    result = grading.grade_exercise(submission(handed_in=raw), EXERCISE, sandbox, "any")
    assert result.points == 0 and "cannot be used" in messages(result) and "pickle" in messages(result)


def test_weights_are_what_was_saved():
    arrays = {
        "a.0": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b[1]": np.asfortranarray(np.random.default_rng(0).random((3, 4, 5))),
        "c": np.array(2.5, np.float16),
        "d": np.arange(3, dtype=np.int8),
    }
    for save in (np.savez, np.savez_compressed):
        buffer = io.BytesIO()
        save(buffer, **arrays)
        read = weights.read_weights(buffer.getvalue())
        assert list(read) == list(arrays)
        for name, array in arrays.items():
            assert read[name].dtype == array.dtype and np.array_equal(read[name], array)


def test_a_link_is_no_weights(tmp_path):
    (tmp_path / "dlcourse").mkdir()
    (tmp_path / "dlcourse" / weights.FILE).symlink_to(REFERENCE)
    read = grading.read_submission(tmp_path)
    assert read.weights is None and any(weights.FILE in problem for problem in read.problems)


# ------------------------------------------------------------------------------------------------------- hostile code


@pytest.fixture(scope="module")
def canary():
    return f"canary-{secrets.token_hex(8)}"


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_earns_nothing_and_the_grader_survives(attack, sandbox, canary, few_images):
    source = ATTACKS[attack].read_text("utf-8").replace("{canary}", f"{canary}-{attack}")
    for name, folder in FOLDERS.items():
        source = source.replace(f"{{{name}}}", str(folder))
    attacker = grading.Submission("mallory", {"challenge": source}, COURSE_ROOT, weights=npz(w=np.ones(3)))
    start = time.perf_counter()
    result = grading.grade_exercise(attacker, EXERCISE, sandbox, "secret", SHORT)
    assert time.perf_counter() - start < 8
    assert "Error: escaped" not in messages(result)
    assert result.points == 0, messages(result)
    assert not any("attacked" in name for folder in FOLDERS.values() for name in os.listdir(folder))
    nickname = (result.checks[-1].measured or {"nickname": ""})["nickname"]
    assert len(nickname) <= 24 and nickname.isprintable()


def test_honest_work_is_graded_as_before_after_the_attacks(sandbox, few_images):
    for attack in ("leave_exit", "read_state_of_others"):
        hostile = grading.Submission("mallory", {"challenge": ATTACKS[attack].read_text()}, COURSE_ROOT, weights=npz(w=np.ones(3)))
        grading.grade_exercise(hostile, EXERCISE, sandbox, "secret", SHORT)
    assert grading.grade_exercise(submission(), EXERCISE, sandbox, "secret").points == EXERCISE.points


def test_exercises_after_the_challenge_are_not_touched_by_it(sandbox, few_images):
    """One process for all exercises, but the challenge has its own: what it leaves behind and takes counts nowhere else."""
    source = "import numpy as np\ndef predict(weights, images):\n    np.random.default_rng = None\n    import os\n    os._exit(0)\n"
    with grading.SharedProcess(submission(challenge=source), sandbox) as process:
        flip = checks.find("augmentation.random_flip")
        first = grading.grade_exercise(submission(challenge=source), flip, sandbox, "s", process=process)
        hostile = grading.grade_exercise(submission(challenge=source), EXERCISE, sandbox, "s", process=process)
        last = grading.grade_exercise(submission(challenge=source), flip, sandbox, "s", process=process)
    assert (first.points, hostile.points, last.points) == (flip.points, 0, flip.points)


# ------------------------------------------------------------------------------------------------------- hand in, take in


def test_submit_packs_all_that_the_model_needs_and_collect_takes_it(tmp_path, monkeypatch):
    course = tmp_path / "course"
    for folder in ("dlcourse", f"assignments/{PART}"):
        (course / folder).mkdir(parents=True)
    for path in (COURSE_ROOT / "solutions/dlcourse").iterdir():
        if path.is_file():
            (course / "dlcourse" / path.name).write_bytes(path.read_bytes())
    for path in (COURSE_ROOT / "assignments" / PART).glob("*.ipynb"):
        (course / "assignments" / PART / path.name).write_bytes(path.read_bytes())
    files = files_to_submit(PART, course)
    assert f"{PART}/dlcourse/{weights.FILE}" in files and f"{PART}/dlcourse/convolution.py" in files
    (tmp_path / "in/ada").mkdir(parents=True)
    write_zip(PART, files, tmp_path / f"in/ada/{PART}-submission.zip")
    rows = intake.collect([tmp_path / "in"], tmp_path / "submitted")
    assert [(row.result, row.part, row.problems) for row in rows] == [("new", PART, [])]
    read = grading.read_submission(tmp_path / "submitted/ada" / PART)
    assert read.weights == REFERENCE.read_bytes() and f"dlcourse/{weights.FILE}" in read.files
    assert {"challenge", "convolution", "layers", "normalization"} <= set(read.sources)

    (course / "dlcourse" / weights.FILE).write_bytes(HOSTILE["pickled objects"][0])
    with pytest.raises(CourseError, match="would not be accepted: .*pickle"):
        files_to_submit(PART, course)


def test_collect_refuses_hostile_weights_and_takes_the_rest(tmp_path):
    (tmp_path / "in/ada").mkdir(parents=True)
    for what in ("a zip bomb", "pickled objects"):
        files = {f"{PART}/dlcourse/challenge.py": b"x = 1\n", f"{PART}/dlcourse/{weights.FILE}": HOSTILE[what][0]}
        write_zip(PART, files, tmp_path / f"in/ada/{PART}-submission.zip")
        (row,) = intake.collect([tmp_path / "in"], tmp_path / f"submitted-{what}")
        assert row.result == "new" and any(f"dlcourse/{weights.FILE} were not taken" in each for each in row.problems)
        stored = [path.name for path in (tmp_path / f"submitted-{what}").rglob("*") if path.is_file()]
        assert "challenge.py" in stored and weights.FILE not in stored


def test_modules_of_earlier_parts_are_no_submission_of_this_one(tmp_path):
    (tmp_path / "in/ada").mkdir(parents=True)
    write_zip("part4_backprop", {"dlcourse/layers.py": b"x = 1\n"}, tmp_path / "in/ada/work.zip")
    rows = intake.collect([tmp_path / "in"], tmp_path / "submitted")
    assert [row.part for row in rows] == ["part4_backprop"]


# ------------------------------------------------------------------------------------------------------- the leaderboard


def report(name, right, nickname="", parameters=1000, share=0.5):
    measured = {"right": right, "images": 2000, "parameters": parameters, "seconds": 1.5, "nickname": nickname}
    result = grading.CheckResult("accuracy", False, "failed", share=share, measured=measured)
    exercise = grading.ExerciseResult("challenge.predict", PART, 10 * share, 10, "", [result])
    return grading.Report(name, [exercise], "none", "", {})


def test_leaderboard_is_sorted_with_ties_and_without_real_names():
    absent = grading.Report("absent", [], "none", "", {})
    reports = [report("ada", 1900, "owl"), absent, report("ben", 1950, parameters=2000), report("cleo", 1900, "fox", 900)]
    rows = leaderboard(reports)
    assert [(row.place, row.nickname, row.submission) for row in rows] == [
        (1, "anonymous", "ben"),
        (2, "fox", "cleo"),
        (2, "owl", "ada"),
    ]
    assert rows[1].accuracy == 0.95 and rows[1].error == pytest.approx((0.95 * 0.05 / 2000) ** 0.5)
    assert leaderboard([absent]) == []


def test_nobody_shines_with_another_students_nickname():
    rows = leaderboard([report("ada", 1900, "owl"), report("mallory", 300, "owl")])
    assert {row.nickname for row in rows} == {"owl (one of 2)"}


def test_leaderboard_survives_the_journey_through_json_and_is_shown(tmp_path):
    from autograder.results import report_of

    sent = json.loads(json.dumps(report("ada", 1900, "<b>owl</b>").as_dict()))
    again = report_of({"report": sent})
    assert leaderboard([again]) == leaderboard([report("ada", 1900, "<b>owl</b>")])
    write_html([again], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "The final challenge" in page and "&lt;b&gt;owl" in page and "<b>owl" not in page
    assert "95.00 % <small>± 0.49</small>" in page
    with open(tmp_path / "out", "w") as file:
        print_leaderboard([again], Console(file=file, width=120))
    assert "<b>owl</b>" in (tmp_path / "out").read_text() and "95.00% ± 0.49%" in (tmp_path / "out").read_text()


# ------------------------------------------------------------------------------------------------------- what students use


def test_fast_layers_and_own_layers_are_the_same_model(own):
    from dlcourse.toolkit import fast

    model = own.build(np.random.default_rng(0), fast)
    images = np.random.default_rng(1).integers(0, 256, (20, 32, 32, 3), np.uint8)
    model.forward(own.prepare(images))  # running averages move
    taken = own.take_weights(model)
    model.eval()
    scores = model.forward(own.prepare(images))
    assert np.array_equal(own.predict(taken, images), scores.argmax(axis=1))
    twin = own.build(np.random.default_rng(2))
    own.put_weights(twin, taken)
    twin.eval()
    np.testing.assert_allclose(twin.forward(own.prepare(images)), scores, rtol=1e-3, atol=1e-4)


def test_weights_of_another_network_are_refused(own):
    model = own.build(np.random.default_rng(0))
    taken = own.take_weights(model)
    with pytest.raises(ValueError, match="layers.0.weight is only in the network"):
        own.put_weights(model, {name: array for name, array in taken.items() if name != "layers.0.weight"})
    with pytest.raises(ValueError, match="has shape"):
        own.put_weights(model, taken | {"layers.0.bias": np.zeros(3)})


class Line:
    """A model with one parameter, whose validation accuracy goes up and down as the epochs go by."""

    def __init__(self):
        self.training, self.weight = True, SimpleNamespace(value=np.zeros(1), grad=np.zeros(1), zero_grad=lambda: None)

    def parameters(self):
        return [self.weight]

    def train(self, mode=True):
        self.training = mode

    def eval(self):
        self.train(False)

    def forward(self, x):
        right = {0: 1, 1: 4, 2: 2}.get(int(self.weight.value[0]) - 1, 0) if not self.training else 0
        return np.eye(2)[(np.arange(len(x)) < right).astype(int)]

    def backward(self, gradient):
        self.weight.grad[:] = -1


class Loss:
    def forward(self, scores, labels):
        return 1.0

    def backward(self):
        return None


@pytest.mark.parametrize("minutes, epochs, best", [(10, 3, 2), (0, 1, 1)])
def test_training_keeps_the_best_epoch_and_stops_in_time(minutes, epochs, best, capsys):
    model, kept = Line(), []
    data = (np.zeros((4, 1)), np.ones(4, int), np.zeros((4, 1)), np.ones(4, int))
    history = challenge.train(
        model,
        Loss(),
        data,
        training.GradientDescent(model.parameters(), 1.0),
        epochs=3,
        rng=np.random.default_rng(0),
        keep=lambda: kept.append(int(model.weight.value[0])),
        minutes=minutes,
        batch_size=4,
    )
    assert history.epochs == epochs and kept[-1] == best
    assert (history.stopped is None) == (epochs == 3)
    assert epochs == 3 or "are over after 1 of 3 epochs" in history.stopped


def test_what_would_be_refused_is_not_saved(tmp_path):
    path = tmp_path / weights.FILE
    challenge.save_weights({"w": np.ones(3)}, path)
    with pytest.raises(ValueError, match="cannot be handed in: .*NaN"):
        challenge.save_weights({"w": np.array([np.nan])}, path)
    assert np.array_equal(challenge.load_weights(path)["w"], np.ones(3))
    assert os.listdir(tmp_path) == [weights.FILE]


def test_practice_on_the_command_line_notices_new_weights_and_takes_its_time():
    from dlcourse.toolkit.cli import exercises, process

    assert exercises.digest(EXERCISE, submission()) != exercises.digest(EXERCISE, submission(handed_in=npz(w=np.ones(3))))
    read = grading.read_submission(COURSE_ROOT / "solutions")
    (graded,) = process.run([EXERCISE], read, seconds=10)
    assert graded.result.points == EXERCISE.points and graded.result.checks[-1].measured["images"] == 2000
