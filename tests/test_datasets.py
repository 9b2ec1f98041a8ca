"""The data sets: what they hold, and what happens when files are missing, damaged, hostile or still to be downloaded."""

import functools
import gzip
import hashlib
import http.server
import io
import os
import pickle
import struct
import subprocess
import sys
import tarfile
import threading

import numpy as np
import pytest

from dlcourse.toolkit import cifar10, datasets, download, mnist, shapes, shapes_cache, storage
from dlcourse.toolkit.datasets import DatasetError, load

SPLITS = ("train", "validation", "test")
own_data = pytest.mark.skipif(
    "DLCOURSE_DATA" not in os.environ, reason="needs real files: set DLCOURSE_DATA to a folder that holds them"
)
REAL_DATA = os.environ.get("DLCOURSE_DATA", "")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache folder under tmp_path, no folder of one's own, and no way to the network but this computer."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(storage.platformdirs, "user_cache_dir", lambda *_, **__: str(folder))
    monkeypatch.delenv("DLCOURSE_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return folder


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def equal(one, other):
    return one.dtype == other.dtype and one.shape == other.shape and bool((one == other).all())


def assert_well_formed(data, image_shape, sizes):
    for split, size in zip(SPLITS, sizes, strict=True):
        images, labels = getattr(data, f"{split}_images"), getattr(data, f"{split}_labels")
        assert images.shape == (size, *image_shape) and images.dtype == np.uint8
        assert labels.shape == (size,) and labels.dtype == np.int64
        assert images.flags.c_contiguous
        if size:
            assert 0 <= labels.min() and labels.max() < len(data.class_names) == 10


# --- arguments ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "meant"), [("cifar", "cifar10"), ("Shape", "shapes"), ("mnsit", "mnist")])
def test_an_unknown_name_gets_the_nearest_one(given, meant):
    with pytest.raises(ValueError, match=f"no data set '{given}'. Did you mean '{meant}'"):
        load(given)


def test_a_name_like_none_gets_the_list():
    with pytest.raises(ValueError, match="no data set 42. The data sets are digits, shapes, mnist, cifar10"):
        load(42)


@pytest.mark.parametrize("argument", [{"train": -1}, {"test": 2.5}, {"seed": "a"}, {"validation": True}, {"seed": None}])
def test_sizes_and_seeds_are_whole_numbers(argument):
    with pytest.raises(ValueError, match=f"{next(iter(argument))} should be a whole number"):
        load("shapes", **argument)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"train": 1600}, "1,500 images for training and validation"),
        ({"train": 1000, "validation": 600}, "ask for 1,600"),
        ({"test": 298}, "297 test images"),
    ],
)
def test_more_images_than_there_are_is_an_error(sizes, message):
    with pytest.raises(ValueError, match=message):
        load("digits", **sizes)


def test_validation_makes_room_for_a_large_training_set():
    data = load("digits", train=1400)
    assert (len(data.train_labels), len(data.validation_labels)) == (1400, 100)


def test_a_data_set_describes_itself_in_one_line():
    assert repr(load("digits")) == ("<Dataset digits: 1,200 training, 300 validation, 297 test images of 8x8x1, 10 classes>")


# --- digits ------------------------------------------------------------------------------------------------------


def test_digits_are_well_formed():
    data = load("digits")
    assert_well_formed(data, (8, 8, 1), (1200, 300, 297))
    assert data.class_names == tuple("0123456789")


def test_digits_are_the_ones_scikit_learn_carries():
    theirs = pytest.importorskip("sklearn.datasets").load_digits()
    expected = sorted((label, *image) for image, label in zip(theirs.data.astype(int).tolist(), theirs.target, strict=True))
    data = load("digits")
    images = np.concatenate([getattr(data, f"{split}_images") for split in SPLITS])
    labels = np.concatenate([getattr(data, f"{split}_labels") for split in SPLITS])
    sixteenths = np.rint(images.reshape(-1, 64) / 255 * 16).astype(int)
    assert sorted((label, *image) for image, label in zip(sixteenths.tolist(), labels, strict=True)) == expected
    assert {0, 255} <= set(images.ravel().tolist())


def test_test_digits_are_like_the_training_digits():
    # The file is in the order of its writers: its last images are by other hands, and three times as hard.
    data = load("digits")
    train, test = (images.reshape(len(images), -1) / 255.0 for images in (data.train_images, data.test_images))
    nearest = [np.argmin(np.sum((train - image) ** 2, axis=1)) for image in test]
    assert np.mean(data.train_labels[nearest] == data.test_labels) > 0.97


def test_the_seed_moves_digits_between_training_and_validation_only():
    one, other = load("digits", seed=1), load("digits", seed=2)
    assert equal(one.test_images, other.test_images)
    assert not equal(one.train_images, other.train_images)
    pools = [np.concatenate([data.train_images, data.validation_images]).reshape(1500, 64) for data in (one, other)]
    assert sorted(pools[0].tolist()) == sorted(pools[1].tolist())


def test_fewer_digits_are_the_beginning_of_more():
    few, many = load("digits", train=50, validation=10, test=20), load("digits")
    assert equal(few.train_images, many.train_images[:50])
    assert equal(few.test_labels, many.test_labels[:20])


@pytest.mark.parametrize("content", [None, b"", b"not a zip file", b"PK\x03\x04 half of one"])
def test_a_missing_or_damaged_embedded_file_is_one_clear_error(tmp_path, monkeypatch, content):
    monkeypatch.setattr(datasets, "EMBEDDED", tmp_path)
    if content is not None:
        (tmp_path / "digits.npz").write_bytes(content)
    with pytest.raises(DatasetError, match="digits.npz, a part of this course, cannot be read"):
        load("digits")


def test_loading_needs_neither_scikit_learn_nor_pytorch():
    code = (
        "import sys; from dlcourse.toolkit.datasets import load; load('digits'); "
        "sys.exit(bool({'sklearn', 'scipy', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- shapes: the pictures ----------------------------------------------------------------------------------------


def test_shapes_are_well_formed():
    data = load("shapes", train=30, validation=20, test=10)
    assert_well_formed(data, (32, 32, 3), (30, 20, 10))
    assert data.class_names == (
        "ball", "ring", "box", "triangle", "star", "cross", "heart", "moon", "stripes", "arrow",
    )  # fmt: skip


def test_an_image_depends_on_its_index_alone():
    images, labels = shapes.draw(3, 0, range(12))
    for index in (0, 7, 11):
        image, label = shapes.draw(3, 0, [index])
        assert equal(image[0], images[index]) and label[0] == labels[index]
    backwards, _ = shapes.draw(3, 0, range(11, -1, -1))
    assert equal(backwards[::-1], images)


def test_seed_split_and_index_each_make_another_image():
    reference = shapes.draw(0, 0, [0])[0].astype(int)
    for seed, split, index in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        assert np.abs(shapes.draw(seed, split, [index])[0] - reference).mean() > 5


def test_drawing_does_not_touch_numpys_global_random_state():
    np.random.seed(0)
    expected = np.random.random()
    np.random.seed(0)
    shapes.draw(0, 0, range(3))
    assert np.random.random() == expected


@pytest.fixture(scope="module")
def many():
    return shapes.draw(0, 0, range(1500))


def test_all_ten_shapes_come_about_equally_often(many):
    counts = np.bincount(many[1], minlength=10)
    assert counts.sum() == 1500 and counts.min() > 110 and counts.max() < 190  # 150 expected, deviation 11.6


def test_images_use_the_whole_range_and_are_neither_dark_nor_pale_as_a_whole(many):
    images = many[0]
    assert (images.min(), images.max()) == (0, 255)
    assert 100 < images.mean() < 155
    assert np.mean(images.mean(axis=(1, 2, 3)) < 20) < 0.02 and np.mean(images.mean(axis=(1, 2, 3)) > 235) < 0.02
    assert 50 < images.std() < 90


def test_nearly_every_shape_stands_out_from_its_background(many):
    # Compare the colour at the middle of balls, where the shape surely is, with the four corners, where it surely is not.
    images = many[0][many[1] == shapes.CLASS_NAMES.index("ball")].astype(float)
    middle = images[:, 14:18, 14:18].mean(axis=(1, 2))
    corners = [
        images[:, rows, columns].mean(axis=(1, 2))
        for rows in (slice(3), slice(29, 32))
        for columns in (slice(3), slice(29, 32))
    ]
    furthest = np.max([np.linalg.norm(middle - corner, axis=1) for corner in corners], axis=0)
    assert np.mean(furthest > 40) > 0.95


def test_each_class_has_a_background_colour_of_its_own(many):
    # The cue for a linear classifier: mean corner colours tell classes apart better than chance.
    images, labels = many
    corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]].reshape(len(images), -1, 3).mean(axis=1)
    means = np.array([corners[:1000][labels[:1000] == label].mean(axis=0) for label in range(10)])
    nearest = np.linalg.norm(corners[1000:, None] - means, axis=2).argmin(axis=1)
    assert np.mean(nearest == labels[1000:]) > 0.2


def test_outlines_fill_a_share_of_the_frame_and_differ():
    u, v = np.meshgrid(np.linspace(-1, 1, 101), np.linspace(-1, 1, 101))
    masks = np.array([outline(u, v) for outline in shapes.OUTLINES])
    assert len(masks) == len(shapes.CLASS_NAMES)
    assert ((masks.mean(axis=(1, 2)) > 0.15) & (masks.mean(axis=(1, 2)) < 0.85)).all()
    different = (masks[:, None] != masks[None]).mean(axis=(2, 3))
    assert (different[~np.eye(10, dtype=bool)] > 0.08).all()
    assert masks[1, 50, 50] == 0, "a ring has a hole"


# --- shapes: the cache -------------------------------------------------------------------------------------------


@pytest.fixture
def drawn(monkeypatch):
    """The indices that shapes.draw was asked for, in order."""
    calls = []
    original = shapes.draw

    def draw(seed, split, indices):
        calls.extend(indices)
        return original(seed, split, indices)

    monkeypatch.setattr(shapes, "draw", draw)
    return calls


def test_shapes_are_drawn_once_and_only_what_is_missing(cache, drawn):
    few, _ = shapes_cache.first_images(0, 0, 8)
    again, _ = shapes_cache.first_images(0, 0, 8)
    more, labels = shapes_cache.first_images(0, 0, 12)
    fewer, _ = shapes_cache.first_images(0, 0, 5)
    assert drawn == list(range(12))
    assert equal(few, again) and equal(more[:8], few) and equal(fewer, few[:5])
    direct = shapes.draw(0, 0, range(12))
    assert equal(more, direct[0]) and equal(labels, direct[1])
    assert len(files_in(cache)) == 1


def test_another_version_of_the_recipe_does_not_use_the_cache(drawn, monkeypatch):
    shapes_cache.first_images(0, 0, 3)
    monkeypatch.setattr(shapes, "VERSION", shapes.VERSION + 1)
    shapes_cache.first_images(0, 0, 3)
    assert drawn == [0, 1, 2, 0, 1, 2]


def test_changing_the_arrays_does_not_change_the_next_load():
    first = load("shapes", train=3, validation=0, test=0)
    kept = first.train_images.copy()
    first.train_images[:] = 0
    assert equal(load("shapes", train=3, validation=0, test=0).train_images, kept)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-200])


def flip_a_pixel(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x40
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


def replace_by_other_arrays(path):
    with open(path, "wb") as file:
        np.savez(file, images=np.zeros((5, 32, 32)), labels=np.zeros(5, np.int64))


def replace_by_fewer_labels(path):
    with open(path, "wb") as file:
        np.savez(file, images=np.zeros((5, 32, 32, 3), np.uint8), labels=np.zeros(4, np.int64))


def replace_by_a_pickle(path):
    path.write_bytes(pickle.dumps(np.zeros(3)))


@pytest.mark.parametrize(
    "damage",
    [cut_short, flip_a_pixel, empty, replace_by_other_arrays, replace_by_fewer_labels, replace_by_a_pickle],
)
def test_a_damaged_cache_file_is_made_anew(cache, drawn, damage):
    good = shapes_cache.first_images(0, 0, 5)
    (path,) = cache.iterdir()
    damage(path)
    again = shapes_cache.first_images(0, 0, 5)
    assert drawn == [*range(5), *range(5)]
    assert equal(again[0], good[0]) and equal(again[1], good[1])
    shapes_cache.first_images(0, 0, 5)
    assert len(drawn) == 10, "the file made anew is good"


def test_an_interrupted_write_leaves_the_cache_as_it_was(cache, monkeypatch):
    good, _ = shapes_cache.first_images(0, 0, 2)
    (path,) = cache.iterdir()
    before = path.read_bytes()

    def savez_stopped_halfway(file, **_):
        file.write(b"PK half a file")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", savez_stopped_halfway)
        with pytest.raises(KeyboardInterrupt):
            shapes_cache.first_images(0, 0, 4)
    assert list(cache.iterdir()) == [path] and path.read_bytes() == before
    assert equal(shapes_cache.first_images(0, 0, 2)[0], good)


def test_a_cache_that_cannot_be_written_is_a_warning_and_no_more(cache, tmp_path):
    cache.write_text("a file where the folder should be")
    with pytest.warns(UserWarning, match="will be drawn again"):
        images, _ = shapes_cache.first_images(0, 0, 2)
    assert images.shape == (2, 32, 32, 3)


class RecordedProgress:
    """Takes tqdm's place and remembers what it was told."""

    bars = []

    def __init__(self, *, total, initial=0, **_):
        self.total, self.done = total, initial
        self.bars.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def update(self, count):
        self.done += count


@pytest.fixture
def bars(monkeypatch):
    monkeypatch.setattr(RecordedProgress, "bars", [])
    monkeypatch.setattr(shapes_cache, "tqdm", RecordedProgress)
    monkeypatch.setattr(download, "tqdm", RecordedProgress)
    return RecordedProgress.bars


def test_drawing_shows_its_progress_and_reading_the_cache_shows_none(bars):
    shapes_cache.first_images(0, 0, shapes_cache.BATCH + 5)
    assert [(bar.done, bar.total) for bar in bars] == [(shapes_cache.BATCH + 5,) * 2]
    shapes_cache.first_images(0, 0, 5)
    assert len(bars) == 1


# --- downloads, from a server on this computer -------------------------------------------------------------------


class Host(http.server.BaseHTTPRequestHandler):
    """Serves one content, as `behaviour` says, and remembers each request's Range header."""

    content, behaviour, ranges = b"", "good", []

    def do_GET(self):
        asked = self.headers.get("Range")
        self.ranges.append(asked)
        if self.behaviour == "gone":
            return self.send_error(404)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.behaviour != "no ranges" else 0
        body = self.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        if self.behaviour != "no length":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.behaviour == "hangs up" else body)

    def log_message(self, *_):
        pass


@pytest.fixture
def host():
    """Call it to start a server: host(content, behaviour) gives its handler, with the address as `url`."""
    servers = []

    def start(content, behaviour="good"):
        handler = type("ThisHost", (Host,), {"content": content, "behaviour": behaviour, "ranges": []})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=functools.partial(server.serve_forever, poll_interval=0.01), daemon=True).start()
        handler.url = f"http://127.0.0.1:{server.server_port}/file.bin"
        return handler

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


CONTENT = np.arange(50_000, dtype=np.uint32).tobytes()


def remote_file(*hosts, content=CONTENT):
    md5 = hashlib.md5(content).hexdigest()
    return download.RemoteFile("file.bin", len(content), md5, tuple(getattr(host, "url", host) for host in hosts))


def closed_address():
    server = http.server.HTTPServer(("127.0.0.1", 0), Host)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}/file.bin"


@pytest.mark.parametrize("behaviour", ["good", "no length"])
def test_a_download_arrives_whole_and_shows_its_progress(tmp_path, host, bars, behaviour):
    path = download.fetch(remote_file(host(CONTENT, behaviour)), tmp_path / "new" / "folder")
    assert path.read_bytes() == CONTENT
    assert files_in(tmp_path) == ["new/folder/file.bin"]
    assert [(bar.done, bar.total) for bar in bars] == [(len(CONTENT), len(CONTENT))]


def test_a_file_that_is_there_is_not_downloaded_again(tmp_path, host):
    server = host(CONTENT)
    for _ in range(2):
        download.fetch(remote_file(server), tmp_path)
    assert server.ranges == [None]


def test_a_damaged_file_is_downloaded_again(tmp_path, host):
    (tmp_path / "file.bin").write_bytes(CONTENT[:-1] + b"?")
    assert download.fetch(remote_file(host(CONTENT)), tmp_path).read_bytes() == CONTENT


def test_an_interrupted_download_leaves_no_file_and_goes_on_where_it_stopped(tmp_path, host, bars):
    server = host(CONTENT, "hangs up")
    with pytest.raises(DatasetError, match=r"ended after 100,000 of 200,000 bytes"):
        download.fetch(remote_file(server), tmp_path)
    assert files_in(tmp_path) == ["file.bin.part"]

    server.behaviour = "good"
    assert download.fetch(remote_file(server), tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-"]
    assert (bars[-1].done, bars[-1].total) == (200_000, 200_000)
    assert files_in(tmp_path) == ["file.bin"]


def test_the_next_host_goes_on_where_the_first_stopped(tmp_path, host):
    first, second = host(CONTENT, "hangs up"), host(CONTENT)
    assert download.fetch(remote_file(first, second), tmp_path).read_bytes() == CONTENT
    assert second.ranges == ["bytes=100000-"]


def test_a_host_that_cannot_resume_sends_everything_again(tmp_path, host):
    (tmp_path / "file.bin.part").write_bytes(CONTENT[:1000])
    assert download.fetch(remote_file(host(CONTENT, "no ranges")), tmp_path).read_bytes() == CONTENT


def test_a_wrong_checksum_leaves_nothing_behind(tmp_path, host):
    wrong = CONTENT[:-4] + b"evil"
    with pytest.raises(DatasetError, match=f"wrong checksum, MD5 {hashlib.md5(wrong).hexdigest()} instead of"):
        download.fetch(remote_file(host(wrong)), tmp_path)
    assert files_in(tmp_path) == []


def test_a_part_of_something_else_is_thrown_away_after_the_checksum(tmp_path, host):
    (tmp_path / "file.bin.part").write_bytes(b"login page")
    server = host(CONTENT)
    with pytest.raises(DatasetError, match="wrong checksum"):
        download.fetch(remote_file(server), tmp_path)
    assert download.fetch(remote_file(server), tmp_path).read_bytes() == CONTENT


def test_a_page_instead_of_the_file_is_refused_before_a_byte_is_kept(tmp_path, host):
    with pytest.raises(DatasetError, match="offers another file: it announces '17' instead of '200000'"):
        download.fetch(remote_file(host(b"Please log in :-)")), tmp_path)
    assert files_in(tmp_path) == []


def test_an_endless_answer_is_cut_at_the_expected_size(tmp_path, host):
    with pytest.raises(DatasetError, match="wrong checksum"):
        download.fetch(remote_file(host(b"x" * 300_000, "no length")), tmp_path)
    assert files_in(tmp_path) == []


def test_every_address_that_failed_is_named_with_its_reason(tmp_path, host):
    hosts = (host(CONTENT, "gone").url, closed_address())
    with pytest.raises(DatasetError) as error:
        download.fetch(remote_file(*hosts), tmp_path)
    assert all(address in str(error.value) for address in hosts)
    assert "404" in str(error.value) and "refused" in str(error.value)
    assert files_in(tmp_path) == []


# --- fake CIFAR-10 and MNIST with the real structure --------------------------------------------------------------


class Global:
    """Pickles as the call `module.name(*arguments)`, followed by setting `state`, in Python 2's protocol."""

    def __init__(self, qualified_name, arguments=(), state=None):
        self.qualified_name, self.arguments, self.state = qualified_name, arguments, state


def python2_pickle(value):
    """A protocol-2 pickle with byte strings, as Python 2 wrote CIFAR-10. (Python 3 cannot write one.)"""
    if isinstance(value, bytes):
        return b"T" + struct.pack("<i", len(value)) + value
    if isinstance(value, bool):
        return b"\x88" if value else b"\x89"
    if isinstance(value, int):
        return b"J" + struct.pack("<i", value)
    if value is None:
        return b"N"
    if isinstance(value, tuple):
        return b"(" + b"".join(map(python2_pickle, value)) + b"t"
    if isinstance(value, list):
        return b"](" + b"".join(map(python2_pickle, value)) + b"e"
    if isinstance(value, dict):
        return b"}(" + b"".join(python2_pickle(part) for item in value.items() for part in item) + b"u"
    module, _, name = value.qualified_name.rpartition(".")
    code = f"c{module}\n{name}\n".encode()
    if value.arguments:
        code += python2_pickle(value.arguments) + b"R"
    return code + (python2_pickle(value.state) + b"b" if value.state is not None else b"")


def write_pickle(path, value):
    path.write_bytes(b"\x80\x02" + python2_pickle(value) + b".")


def pickled_array(array, module="numpy.core.multiarray", dtype=b"u1"):
    dtype = Global("numpy.dtype", (dtype, 0, 1), (3, b"|", None, None, None, -1, -1, 0))
    is_fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    state = (1, array.shape, dtype, is_fortran, array.tobytes(order="A"))
    return Global(f"{module}._reconstruct", (Global("numpy.ndarray"), (0,), b"b"), state)


@pytest.fixture
def fake_cifar(tmp_path):
    """A folder with six batches of four random images each, and what is in them by the file's name."""
    folder, content, rng = tmp_path / "own" / cifar10.FOLDER, {}, np.random.default_rng(0)
    folder.mkdir(parents=True)
    for name in cifar10.FILES:
        images = rng.integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
        labels = rng.integers(0, 10, 4)
        rows = images.transpose(0, 3, 1, 2).reshape(4, -1)
        write_pickle(folder / name, {b"data": pickled_array(rows), b"labels": labels.tolist(), b"batch_label": b""})
        content[name] = images, labels
    return folder, content


def idx_gz(array):
    header = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(header + array.astype(np.uint8).tobytes())


@pytest.fixture
def fake_mnist(tmp_path):
    """A folder with twenty training and five test images, and the arrays in it by the file's name."""
    folder, content, rng = tmp_path / "own" / mnist.FOLDER, {}, np.random.default_rng(0)
    folder.mkdir(parents=True)
    for names, size in ((mnist.FILES[:2], 20), (mnist.FILES[2:], 5)):
        content[names[0]] = rng.integers(0, 256, (size, 28, 28), dtype=np.uint8)
        content[names[1]] = rng.integers(0, 10, size)
    for name, array in content.items():
        (folder / name).write_bytes(idx_gz(array))
    return folder, content


def rows(images, labels):
    return sorted((int(label), image.tobytes()) for image, label in zip(images, labels, strict=True))


def assert_holds(data, training, test):
    """The splits of `data` are made of these (images, labels): test in its order, training in any."""
    assert equal(data.test_images, test[0]) and equal(data.test_labels, test[1])
    ours = rows(data.train_images, data.train_labels) + rows(data.validation_images, data.validation_labels)
    assert sorted(ours) == rows(*training)


def cifar_training(content, names=cifar10.TRAIN_FILES):
    return [np.concatenate(arrays) for arrays in zip(*(content[name] for name in names), strict=True)]


@pytest.mark.parametrize("pointed_at", ["parent", "folder"])
def test_cifar10_from_a_folder_of_ones_own(fake_cifar, monkeypatch, cache, pointed_at):
    folder, content = fake_cifar
    monkeypatch.setenv("DLCOURSE_DATA", str(folder.parent if pointed_at == "parent" else folder))
    before = files_in(folder)
    data = load("cifar10")
    assert_well_formed(data, (32, 32, 3), (16, 4, 4))
    assert_holds(data, cifar_training(content), content["test_batch"])
    assert data.class_names[3] == "cat"
    assert files_in(folder) == before and not cache.exists()


@pytest.mark.parametrize("pointed_at", ["parent", "folder"])
def test_mnist_from_a_folder_of_ones_own(fake_mnist, monkeypatch, cache, pointed_at):
    folder, content = fake_mnist
    monkeypatch.setenv("DLCOURSE_DATA", str(folder.parent if pointed_at == "parent" else folder))
    data = load("mnist")
    assert_well_formed(data, (28, 28, 1), (16, 4, 5))
    images, labels, test_images, test_labels = (content[name] for name in mnist.FILES)
    assert_holds(data, (images[..., None], labels), (test_images[..., None], test_labels))
    assert not cache.exists()


def test_missing_cifar10_files_are_named_and_the_rest_loads_when_asked(fake_cifar, monkeypatch):
    folder, content = fake_cifar
    monkeypatch.setenv("DLCOURSE_DATA", str(folder))
    for name in ("data_batch_2", "data_batch_5"):
        (folder / name).unlink()
    with pytest.raises(DatasetError, match=r"lacks data_batch_2, data_batch_5\. .*partial=True.*load\(\"shapes\"\)"):
        load("cifar10")
    data = load("cifar10", partial=True)
    assert_holds(data, cifar_training(content, ("data_batch_1", "data_batch_3", "data_batch_4")), content["test_batch"])


def test_a_split_without_files_is_empty(fake_cifar, fake_mnist, monkeypatch):
    monkeypatch.setenv("DLCOURSE_DATA", str(fake_cifar[0].parent))
    (fake_cifar[0] / "test_batch").unlink()
    (fake_mnist[0] / mnist.FILES[0]).unlink()
    assert_well_formed(load("cifar10", partial=True), (32, 32, 3), (16, 4, 0))
    assert_well_formed(load("mnist", partial=True), (28, 28, 1), (0, 0, 5))


def test_missing_mnist_files_are_named(fake_mnist, monkeypatch):
    monkeypatch.setenv("DLCOURSE_DATA", str(fake_mnist[0]))
    (fake_mnist[0] / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DatasetError, match=r"lacks t10k-labels-idx1-ubyte.gz\. .*load\(\"digits\"\)"):
        load("mnist")


def test_a_folder_of_ones_own_that_does_not_exist_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("DLCOURSE_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DatasetError, match="DLCOURSE_DATA is '.*nowhere', which is not a folder"):
        load("mnist")


def test_the_training_split_does_not_depend_on_the_size_of_the_others(fake_mnist, monkeypatch):
    monkeypatch.setenv("DLCOURSE_DATA", str(fake_mnist[0]))
    small, large = load("mnist", train=5, validation=1), load("mnist", train=10, validation=10, test=2)
    assert equal(small.train_images, large.train_images[:5])
    assert equal(small.validation_images, large.validation_images[-1:])
    assert len(large.test_labels) == 2


# --- downloading them --------------------------------------------------------------------------------------------


def archive_of(folder, *, skip=(), extra=()):
    """The bytes of a .tar.gz like CIFAR-10's, with the files of `folder`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        directory = tarfile.TarInfo(cifar10.FOLDER)
        directory.type = tarfile.DIRTYPE
        tar.addfile(directory)
        for path in sorted(folder.iterdir()):
            if path.name not in skip:
                tar.add(path, f"{cifar10.FOLDER}/{path.name}")
        for member, content in extra:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def served_cifar(fake_cifar, host, monkeypatch):
    """The fake CIFAR-10 behind a server, with its own checksums in the place of the official ones."""
    folder, content = fake_cifar
    (folder / "batches.meta").write_bytes(b"not needed")
    (folder / "readme.html").write_bytes(b"not needed either")
    archive = archive_of(folder)
    server = host(archive)
    monkeypatch.setattr(cifar10, "ARCHIVE", remote_file(server, content=archive))
    monkeypatch.setattr(cifar10, "MD5", {name: download.md5_of(folder / name) for name in cifar10.FILES})
    return server, content


def test_cifar10_is_downloaded_unpacked_and_kept(served_cifar, cache):
    server, content = served_cifar
    for _ in range(2):
        assert_holds(load("cifar10"), cifar_training(content), content["test_batch"])
    assert len(server.ranges) == 1
    assert files_in(cache) == [f"{cifar10.FOLDER}/{name}" for name in sorted(cifar10.FILES)]


def test_a_damaged_batch_in_the_cache_is_downloaded_again(served_cifar, cache):
    server, content = served_cifar
    load("cifar10")
    flip_a_pixel(cache / cifar10.FOLDER / "data_batch_3")
    assert_holds(load("cifar10"), cifar_training(content), content["test_batch"])
    assert len(server.ranges) == 2


def test_mnist_is_downloaded_and_kept(fake_mnist, host, cache, monkeypatch):
    folder, content = fake_mnist
    servers, remotes = [], []
    for name in mnist.FILES:
        packed = (folder / name).read_bytes()
        servers.append(host(packed))
        remotes.append(download.RemoteFile(name, len(packed), hashlib.md5(packed).hexdigest(), (servers[-1].url,)))
    monkeypatch.setattr(mnist, "REMOTE_FILES", tuple(remotes))
    for _ in range(2):
        data = load("mnist")
    assert equal(data.test_images[..., 0], content["t10k-images-idx3-ubyte.gz"])
    assert [len(server.ranges) for server in servers] == [1, 1, 1, 1]
    assert files_in(cache) == [f"{mnist.FOLDER}/{name}" for name in sorted(mnist.FILES)]


def test_offline_the_error_says_what_failed_and_what_to_use(monkeypatch, cache):
    address = closed_address()
    monkeypatch.setattr(cifar10, "ARCHIVE", remote_file(address))
    monkeypatch.setattr(mnist, "REMOTE_FILES", (remote_file(address),))
    for name, instead in (("cifar10", "shapes"), ("mnist", "digits")):
        with pytest.raises(DatasetError, match=rf"file.bin could not be downloaded: {address}.*load\(\"{instead}\"\)"):
            load(name)
    assert files_in(cache) == []


def test_the_official_files_come_with_size_checksum_and_an_address():
    remotes = (cifar10.ARCHIVE, *mnist.REMOTE_FILES)
    assert all(remote.urls and all(url.endswith("/" + remote.name) for url in remote.urls) for remote in remotes)
    md5s = [remote.md5 for remote in remotes] + list(cifar10.MD5.values())
    assert all(len(bytes.fromhex(md5)) == 16 for md5 in md5s) and len(set(md5s)) == 11


# --- hostile and damaged files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["os.system", "posix.system", "nt.system", "builtins.eval", "__builtin__.eval"])
def test_a_pickle_that_runs_code_is_refused(tmp_path, name):
    write_pickle(tmp_path / "batch", {b"data": Global(name, (f"touch {tmp_path / 'harmed'}".encode(),))})
    with pytest.raises(DatasetError, match=r"it asks for \w+\.\w+, which CIFAR-10 does not need"):
        cifar10.read_batch(tmp_path / "batch")
    assert not (tmp_path / "harmed").exists()


def test_the_attack_above_would_work_on_an_ordinary_unpickler(tmp_path):
    write_pickle(tmp_path / "batch", Global("os.system", (f"{sys.executable} --version".encode(),)))
    with open(tmp_path / "batch", "rb") as file:
        assert pickle.load(file) == 0


@pytest.mark.parametrize(
    "name",
    ["numpy.load", "numpy.f2py.compile", "numpy.core.multiarray.fromfile", "numpy.dtype.__new__", "codecs.encode"],
)
def test_a_pickle_that_asks_for_any_other_name_is_refused(tmp_path, name):
    write_pickle(tmp_path / "batch", {b"data": Global(name, (b"x",))})
    with pytest.raises(DatasetError, match="which CIFAR-10 does not need: it was refused"):
        cifar10.read_batch(tmp_path / "batch")


@pytest.mark.parametrize("module", ["numpy.core.multiarray", "numpy._core.multiarray"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_either_numpy_and_either_order_are_read(tmp_path, module, order):
    expected = np.arange(2 * 3072).astype(np.uint8).reshape(2, 3072)
    array = pickled_array(np.array(expected, order=order), module)
    write_pickle(tmp_path / "batch", {b"data": array, b"labels": [3, 9]})
    images, labels = cifar10.read_batch(tmp_path / "batch")
    assert equal(images, expected.reshape(2, 3, 32, 32).transpose(0, 2, 3, 1))
    assert images.flags.c_contiguous and labels.tolist() == [3, 9]


def test_a_batch_written_by_todays_numpy_reads_the_same(tmp_path):
    array = np.arange(3072).astype(np.uint8).reshape(1, 3072)
    genuine = array.__reduce__()
    assert genuine[0].__name__ == "_reconstruct" and genuine[1] == (np.ndarray, (0,), b"b")
    assert genuine[2][:2] == (1, (1, 3072)) and genuine[2][3:] == (False, array.tobytes())


GOOD_ROWS = np.zeros((2, 3072), np.uint8)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ([1, 2], "should hold a dictionary"),
        ({b"data": pickled_array(GOOD_ROWS)}, "should hold a dictionary with b'data' and b'labels'"),
        ({b"data": b"bytes", b"labels": []}, "b'data' should be an array"),
        ({b"data": pickled_array(GOOD_ROWS), b"labels": b"\0\1"}, "b'labels' a list"),
        ({b"data": pickled_array(GOOD_ROWS), b"labels": [1]}, r"has the shape \(2, 3072\); 1 labels need \(1, 3072\)"),
        ({b"data": pickled_array(GOOD_ROWS[:, :-1]), b"labels": [1, 2]}, "has the shape"),
        ({b"data": pickled_array(GOOD_ROWS), b"labels": [1, 10]}, "integers from 0 to 9"),
        ({b"data": pickled_array(GOOD_ROWS), b"labels": [1, b"x"]}, "integers from 0 to 9"),
        ({b"data": pickled_array(GOOD_ROWS, dtype=b"O8"), b"labels": [1, 2]}, "unsigned bytes"),
    ],
)
def test_a_batch_of_another_structure_is_refused(tmp_path, batch, message):
    write_pickle(tmp_path / "batch", batch)
    with pytest.raises(DatasetError, match=f"batch is not a batch of CIFAR-10.*{message}"):
        cifar10.read_batch(tmp_path / "batch")


@pytest.mark.parametrize("content", [b"", b"\x80\x02", b"not a pickle", b"\x80\x02}q\x01.", b"\x80\x02(K\x01"])
def test_a_file_that_is_no_pickle_is_refused(tmp_path, content):
    (tmp_path / "batch").write_bytes(content)
    with pytest.raises(DatasetError, match="batch is not a batch of CIFAR-10, or it is damaged"):
        cifar10.read_batch(tmp_path / "batch")


def test_a_batch_cut_short_or_too_large_is_refused(fake_cifar, monkeypatch):
    path = fake_cifar[0] / "data_batch_1"
    monkeypatch.setattr(cifar10, "MAX_BYTES", 1000)
    with pytest.raises(DatasetError, match="more than 1,000 bytes"):
        cifar10.read_batch(path)
    monkeypatch.undo()
    cut_short(path)
    with pytest.raises(DatasetError, match="damaged"):
        cifar10.read_batch(path)


def member(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    "hostile",
    [
        member("../harmed"),
        member("/harmed"),
        member(f"{cifar10.FOLDER}/../../harmed"),
        member(f"{cifar10.FOLDER}/extra.py"),
        member(f"{cifar10.FOLDER}/data_batch_1", tarfile.SYMTYPE, "/etc/passwd"),
        member(f"{cifar10.FOLDER}/data_batch_1", tarfile.LNKTYPE, "/etc/passwd"),
        member(f"{cifar10.FOLDER}/data_batch_1", tarfile.FIFOTYPE),
        member(f"{cifar10.FOLDER}/data_batch_1", tarfile.DIRTYPE),
    ],
    ids=lambda info: f"{info.name}-{info.type.decode()}",
)
def test_a_hostile_member_of_the_archive_is_refused(fake_cifar, tmp_path, hostile):
    archive = tmp_path / "archive.tar.gz"
    archive.write_bytes(archive_of(fake_cifar[0], skip=["data_batch_1"], extra=[(hostile, b"")]))
    before = {*files_in(tmp_path), *(f"unpacked/{name}" for name in cifar10.FILES[1:])}
    with pytest.raises(DatasetError, match="refused"):
        cifar10.unpack(archive, tmp_path / "unpacked")
    assert set(files_in(tmp_path)) <= before
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


def test_a_member_that_is_too_large_is_refused(fake_cifar, tmp_path, monkeypatch):
    archive = tmp_path / "archive.tar.gz"
    archive.write_bytes(archive_of(fake_cifar[0]))
    monkeypatch.setattr(cifar10, "MAX_BYTES", 1000)
    with pytest.raises(DatasetError, match="too large"):
        cifar10.unpack(archive, tmp_path / "unpacked")
    assert not (tmp_path / "unpacked").exists()


def test_an_archive_without_a_batch_says_which(fake_cifar, tmp_path):
    archive = tmp_path / "archive.tar.gz"
    archive.write_bytes(archive_of(fake_cifar[0], skip=["data_batch_4"]))
    with pytest.raises(DatasetError, match="lacks cifar-10-batches-py/data_batch_4"):
        cifar10.unpack(archive, tmp_path / "unpacked")


@pytest.mark.parametrize("damage", [cut_short, empty])
def test_a_damaged_archive_is_one_clear_error(fake_cifar, tmp_path, damage):
    archive = tmp_path / "archive.tar.gz"
    archive.write_bytes(archive_of(fake_cifar[0]))
    damage(archive)
    with pytest.raises(DatasetError, match="archive.tar.gz"):
        cifar10.unpack(archive, tmp_path / "unpacked")


TWO_IMAGES = np.zeros((2, 28, 28), np.uint8)
TWO_LABELS = np.array([4, 9], np.uint8)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "damaged"),
        (b"no gzip", "damaged"),
        (gzip.compress(b""), "damaged"),
        (gzip.compress(b"\0\0\x08"), "damaged"),
        (gzip.compress(b"\0\0\x0d\x03" + b"\0\0\0\1" * 3 + b"\0"), "does not start like an idx file"),
        (gzip.compress(b"\0\0\x08\x02" + b"\0\0\0\1" * 2 + b"\0"), "does not start like an idx file"),
        (gzip.compress(b"\0\0\x08\x03" + b"\xff" * 12), "announces an array of shape"),
        (gzip.compress(b"\0\0\x08\x01" + b"\xff" * 4), r"announces an array of shape \(4294967295,\)"),
        (idx_gz(np.zeros((2, 27, 28))), "announces an array of shape"),
        (idx_gz(TWO_IMAGES)[:-9], "damaged"),
        (gzip.compress(gzip.decompress(idx_gz(TWO_IMAGES))[:-1]), "1,568 bytes and another number follows"),
        (gzip.compress(gzip.decompress(idx_gz(TWO_IMAGES)) + b"!"), "1,568 bytes and another number follows"),
    ],
)
def test_a_damaged_idx_file_is_refused(tmp_path, content, message):
    (tmp_path / "file.gz").write_bytes(content)
    with pytest.raises(DatasetError, match=f"file.gz.*{message}"):
        mnist.read_idx(tmp_path / "file.gz")


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (TWO_IMAGES, TWO_LABELS[:1], r"shapes \(2, 28, 28\) and \(1,\)"),
        (TWO_LABELS, TWO_LABELS, "do not belong together"),
        (TWO_IMAGES, TWO_IMAGES, "do not belong together"),
        (TWO_IMAGES, TWO_LABELS + 1, "holds the label 10"),
    ],
)
def test_mnist_files_that_do_not_fit_together_are_refused(tmp_path, images, labels, message):
    for name, array in zip(mnist.FILES, (images, labels), strict=False):
        (tmp_path / name).write_bytes(idx_gz(array))
    with pytest.raises(DatasetError, match=message):
        mnist.read(tmp_path)


# --- the real files ----------------------------------------------------------------------------------------------


def real_folder(module):
    """The folder with this module's real files, or a visible skip."""
    for folder in (os.path.join(REAL_DATA, module.FOLDER), REAL_DATA):
        if os.path.isfile(os.path.join(folder, module.FILES[0])):
            return storage.Path(folder)
    pytest.skip(f"the folder DLCOURSE_DATA holds no {module.FILES[0]}")


@own_data
def test_real_mnist(monkeypatch):
    folder = real_folder(mnist)
    for remote in mnist.REMOTE_FILES:
        assert download.md5_of(folder / remote.name) == remote.md5 and (folder / remote.name).stat().st_size == remote.size
    monkeypatch.setenv("DLCOURSE_DATA", REAL_DATA)
    data = load("mnist")
    assert_well_formed(data, (28, 28, 1), (55000, 5000, 10000))
    assert data.test_labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(np.concatenate([data.train_labels, data.validation_labels]))[:3].tolist() == [5923, 6742, 5958]


@own_data
def test_real_cifar10(monkeypatch):
    folder = real_folder(cifar10)
    monkeypatch.setenv("DLCOURSE_DATA", REAL_DATA)
    present = sum((folder / name).is_file() for name in cifar10.TRAIN_FILES)
    data = load("cifar10", partial=True)
    validation = min(5000, 2000 * present)
    assert_well_formed(data, (32, 32, 3), (10000 * present - validation, validation, 10000))
    assert [data.class_names[label] for label in data.test_labels[:4]] == ["cat", "ship", "ship", "airplane"]
    assert np.bincount(data.test_labels).tolist() == [1000] * 10
    missing = [name for name in cifar10.TRAIN_FILES if not (folder / name).is_file()]
    if missing:
        with pytest.raises(DatasetError, match=", ".join(missing)):
            load("cifar10")
