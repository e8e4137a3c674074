"""Compressed files, unpacked no further than the size that is expected of them."""

import gzip
import io


def unpacked(content: bytes, most: int) -> bytes:
    """What gzip made ``content`` of. ValueError where that has more than ``most`` bytes.

    A few kilobytes may stand for gigabytes: no more than ``most`` and one is ever unpacked.
    """
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
        found = stream.read(most + 1)
    if len(found) > most:
        raise ValueError(f"it unpacks to more than {most >> 20} MiB, the most that is read")
    return found
