"""IDX files: right ones, cut off ones, and none at all."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.training.idx import load_idx, read_idx


def idx(values: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes([0, 0, 8, values.ndim]) + sizes + values.astype(np.uint8).tobytes()


def test_images_and_labels_plain_and_compressed(tmp_path: Path) -> None:
    images = np.arange(24).reshape(4, 2, 3)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(images))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(
        gzip.compress(idx(np.array([3, 1, 0, 9])))
    )
    loaded = load_idx(tmp_path, "train")
    np.testing.assert_array_equal(loaded.images, images)
    assert loaded.labels.tolist() == [3, 1, 0, 9]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not an IDX file of unsigned bytes"),
        (bytes([0, 0, 13, 1, 0, 0, 0, 1, 7]), "is not an IDX file of unsigned bytes"),
        (idx(np.zeros((4, 2)))[:-1], r"holds 7 bytes for the shape \(4, 2\): it is cut off"),
    ],
)
def test_other_files_are_refused(content: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_idx(file)


def test_missing_files_and_labels_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no t10k-images-idx3-ubyte and no t10k-images"):
        load_idx(tmp_path, "t10k")
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx(np.zeros((4, 2, 2))))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx(np.zeros(3)))
    with pytest.raises(UsageError, match=r"images of shape \(4, 2, 2\) and labels of shape \(3,\)"):
        load_idx(tmp_path, "t10k")
    (tmp_path / "t10k-images-idx3-ubyte").unlink()
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(b"no gzip")
    with pytest.raises(UsageError, match="cannot read"):
        load_idx(tmp_path, "t10k")
