"""Texts of files."""

from pathlib import Path

MOST_TEXT = 64 << 20
"""Bytes of a text file; arrays of more than that are better off in NPZ."""


def read_bytes(file: Path, most: int) -> bytes:
    """All of a file of at most that many bytes; ValueError for a larger one."""
    with file.open("rb") as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise ValueError(f"it has more than {most >> 20} MiB, the most that is read")
    return content


def read_text(file: Path) -> str:
    """A text file in UTF-8, whose byte order mark is no part of it.

    OSError and ValueError where there is none.
    """
    try:
        return read_bytes(file, MOST_TEXT).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("not a text file") from None
