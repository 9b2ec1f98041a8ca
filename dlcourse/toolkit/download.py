"""Download a file of known size and checksum: with progress, resuming, and never leaving half a file under its name."""

import hashlib
import http.client
import os
import urllib.request
from dataclasses import dataclass

from tqdm.auto import tqdm

from dlcourse.toolkit.storage import DatasetError

TIMEOUT = 30  # seconds without a byte
CHUNK = 1 << 16


@dataclass(frozen=True)
class RemoteFile:
    """A file to download: its name, its size in bytes, its MD5 checksum, and the addresses to try, in this order."""

    name: str
    size: int
    md5: str
    urls: tuple[str, ...]


def fetch(remote, folder):
    """Return the path of `remote` in `folder`, downloading it first unless it is there already.

    Bytes are collected in `<name>.part`. If the connection ends early that file stays, and the next call goes on
    where it stopped (HTTP Range). Only when size and checksum agree does it get its name.

    Raises DatasetError, with what went wrong at each address, when no address gave the right file.
    """
    path, part = folder / remote.name, folder / (remote.name + ".part")
    if path.is_file() and md5_of(path) == remote.md5:
        return path
    failures = []
    for url in remote.urls:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _receive(url, part, remote.size)
            _verify(part, remote)
            os.replace(part, path)
            return path
        except (OSError, http.client.HTTPException) as error:
            failures.append(f"{url} ({error})")
    raise DatasetError(f"{remote.name} could not be downloaded: " + "; ".join(failures) + ".")


def md5_of(path):
    """The MD5 checksum of a file, as hexadecimal digits. It guards against damage, not against an attacker."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _receive(url, part, size):
    """Append to `part` what it lacks of the `size` bytes at `url`. Raises OSError or HTTPException if that fails."""
    have = part.stat().st_size if part.exists() else 0
    if have >= size:
        return
    headers = {"User-Agent": "dlcourse", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT) as response:
        if response.status != 206:
            have = 0  # the server sends the whole file, whatever was asked for
        _check_announcement(response, have, size)
        with (
            open(part, "ab" if have else "wb") as file,
            tqdm(total=size, initial=have, desc=part.stem, unit="B", unit_scale=True, leave=False) as progress,
        ):
            while have < size and (chunk := response.read(CHUNK)):
                file.write(chunk)
                have += len(chunk)
                progress.update(len(chunk))
    if have < size:
        raise ConnectionError(f"the connection ended after {have:,} of {size:,} bytes; the next attempt goes on from there")


def _check_announcement(response, have, size):
    """Refuse an answer that announces another file, such as a network's login page, before a byte of it is kept."""
    if response.status == 206:
        announced, expected = response.headers.get("Content-Range"), f"bytes {have}-{size - 1}/{size}"
    else:
        announced, expected = response.headers.get("Content-Length"), str(size)
    if announced is not None and announced != expected:
        raise ConnectionError(f"the server offers another file: it announces {announced!r} instead of {expected!r}")


def _verify(part, remote):
    found = md5_of(part)
    if found != remote.md5:
        part.unlink()
        raise ConnectionError(f"the file has the wrong checksum, MD5 {found} instead of {remote.md5}, and was deleted")
