"""`dlcourse data`: what is there, and that only what was downloaded is ever deleted."""

import gzip
import hashlib
import struct

import pytest

from autograder.locations import CourseError
from dlcourse.toolkit import datasets, mnist
from dlcourse.toolkit.cli import storing
from dlcourse.toolkit.download import RemoteFile
from dlcourse.toolkit.storage import cache_folder


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder, and a download that needs no network: two images and their labels."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("DLCOURSE_DATA", raising=False)
    web = tmp_path / "web"
    web.mkdir()
    remotes = []
    for name in mnist.FILES:
        images = "images" in name
        shape = (2, 28, 28) if images else (2,)
        raw = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + bytes(2 * (784 if images else 1))
        content = gzip.compress(raw, mtime=0)
        (web / name).write_bytes(content)
        remotes.append(RemoteFile(name, len(content), hashlib.md5(content).hexdigest(), ((web / name).as_uri(),)))
    monkeypatch.setattr(mnist, "REMOTE_FILES", tuple(remotes))
    monkeypatch.setitem(storing.CHECKSUMS, "mnist", {remote.name: remote.md5 for remote in remotes})
    return cache_folder()


@pytest.fixture
def said(capsys):
    return lambda: " ".join(capsys.readouterr().out.split())


def fake_download(folder):
    """What mnist.download does, from files on this disk, whose answers have no HTTP status."""
    folder.mkdir(parents=True, exist_ok=True)
    for remote in mnist.REMOTE_FILES:
        from urllib.request import urlopen

        (folder / remote.name).write_bytes(urlopen(remote.urls[0]).read())


def test_a_download_from_nothing_to_nothing(cache, said, monkeypatch):
    monkeypatch.setattr(mnist, "download", fake_download)
    storing.show()
    text = said()
    assert "mnist no (12 MB to download)" in text and "digits yes, in the course" in text and "cifar10 no (170 MB" in text
    storing.download("mnist")
    assert "mnist is complete" in said()
    storing.show()
    assert "mnist yes" in said()
    assert storing.verify("mnist") and "right: 4 files with the official checksums" in said()
    (cache / "mnist" / mnist.FILES[1]).write_bytes(b"damage")
    assert not storing.verify() and "dlcourse data download mnist gets them again" in said()
    (cache / "mnist/train.part").write_bytes(b"half")
    storing.remove("mnist")
    assert "deleted" in said() and not (cache / "mnist").exists()
    storing.remove("mnist")
    assert "nothing of it" in said()


def test_own_files_are_read_and_never_deleted(cache, said, tmp_path, monkeypatch):
    fake_download(tmp_path / "own/mnist")
    monkeypatch.setenv("DLCOURSE_DATA", str(tmp_path / "own"))
    assert storing.verify("mnist")
    storing.download("mnist")
    storing.remove("mnist")
    text = said()
    assert "nothing to download" in text and "stay" in text and len(list((tmp_path / "own/mnist").iterdir())) == 4
    (tmp_path / "own/mnist" / mnist.FILES[0]).unlink()
    storing.show()
    assert "in part: 3 of 4 files" in said()


def test_drawn_shapes_come_and_go(cache, said, monkeypatch):
    monkeypatch.setattr(datasets, "SHAPES_SIZES", (20, 10, 10))
    storing.download("shapes")
    assert len(list(cache.glob("shapes-*"))) == 3 and storing.verify("shapes")
    next(cache.glob("shapes-*")).write_bytes(b"damage")
    assert not storing.verify("shapes")
    storing.remove("shapes")
    assert list(cache.glob("shapes-*")) == [] and "drawn anew" in said()


def test_no_space_no_network_and_wrong_names_are_sentences(cache, monkeypatch):
    with pytest.raises(CourseError, match="no data set 'minst' here: name one of digits, shapes, mnist, cifar10"):
        storing.download("minst")
    with pytest.raises(CourseError, match="name one of shapes, mnist, cifar10"):
        storing.remove("digits")

    def fail(folder):
        raise datasets.DatasetError("train could not be downloaded: no route to host.")

    monkeypatch.setattr(mnist, "download", fail)
    with pytest.raises(CourseError, match="no route to host. Try again later: it goes on where it stopped"):
        storing.download("mnist")
    monkeypatch.setattr(storing.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1_000_000}))
    with pytest.raises(CourseError, match="needs 360 MB.* has 1 MB free: make room"):
        storing.download("cifar10")
    monkeypatch.setenv("DLCOURSE_DATA", "/no/such/folder")
    with pytest.raises(CourseError, match="which is not a folder"):
        storing.show()
