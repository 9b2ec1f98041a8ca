"""Zips that are the same bytes for the same files, written whole or not at all."""

import io
import os
import tempfile
import zipfile

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: the same course gives the same bytes


def packed(files, modes=None):
    """Return a zip of {path: bytes}; the same files always give the same bytes.

    Args:
        modes: {path: permissions} of files that are not 0o644.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3  # 3: Unix, so that modes are kept
            entry.external_attr = (0o100000 | (modes or {}).get(name, 0o644)) << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def replace_file(path, content, mode=0o644):
    """Write a file with these permissions; whoever looks meanwhile sees the old one or the whole new one."""
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        os.chmod(unfinished, mode)
        os.replace(unfinished, path)
    except BaseException:
        os.unlink(unfinished)
        raise
