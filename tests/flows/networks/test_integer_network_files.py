"""Files of integer networks, whole and broken."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.effort import effort
from support.integer_networks import images_of, random_network, single

from neuroloom.flows.networks.inference import scores
from neuroloom.flows.networks.integer_network_file import load, save
from neuroloom.flows.tools.errors import UsageError


@pytest.mark.parametrize("seed", [0, 1])
def test_files_hold_all_of_a_network(seed: int, tmp_path: Path) -> None:
    network, file = random_network(seed), tmp_path / "new" / "network.npz"
    save(network, file)
    assert [each.name for each in file.parent.iterdir()] == ["network.npz"]
    again = load(file)
    assert again.network == network.network
    assert list(again.parameters) == list(network.parameters)
    for name, found in network.parameters.items():
        other = again.parameters[name]
        for field in vars(found):
            assert np.array_equal(getattr(other, field), getattr(found, field)), (name, field)
    images = images_of(network, 3)
    assert np.array_equal(scores(again, images), scores(network, images))


def rewritten(change: Callable[[dict[str, Any], dict[str, np.ndarray]], object]) -> bytes:
    """The file of a network whose header and arrays were changed."""
    stream = io.BytesIO()
    found = single(1, 0, 0).parameters["a"]
    arrays = {f"{name}0": getattr(found, name) for name in ("weights", "scale", "offset")}
    fields = ("shift", "bits", "signed", "relu", "weight_bits", "scale_bits", "offset_bits")
    header = {
        "format": "neuroloom-integer-cnn",
        "version": 1,
        "network": single(1, 0, 0).network.model_dump(mode="json"),
        "layers": [{"name": "a"} | {field: getattr(found, field) for field in fields}],
    }
    change(header, arrays)
    if header:
        arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def member(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


WHOLE = rewritten(lambda header, arrays: None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not the file of an integer network: it is no npz archive"),
        (b"no archive", "is not the file of an integer network: it is no npz archive"),
        (WHOLE[: len(WHOLE) // 2], "is not the file of an integer network: it is no npz archive"),
        (
            member("header.npy", b"nothing"),
            "is not the file of an integer network: header: EOF: reading magic string",
        ),
        (rewritten(lambda header, _: header.clear()), "it has no header"),
        (rewritten(lambda header, _: header.update(version=2)), "it takes format"),
        (rewritten(lambda _, arrays: arrays.pop("scale0")), "has no 'scale0'"),
        (rewritten(lambda header, _: header.pop("network")), "has no 'network'"),
        (rewritten(lambda header, _: header.pop("format")), "it takes format"),
        (
            rewritten(lambda header, _: header["layers"][0].pop("name")),
            "is wrong: layer 0 has no 'name'",
        ),
        (
            rewritten(lambda header, _: header["layers"][0].pop("shift")),
            "is wrong: layer 0 has no 'shift'",
        ),
        (
            rewritten(lambda header, _: header["layers"][0].update(more=1)),
            "is wrong: layer 0 has 'more', which is no name in it",
        ),
        (
            rewritten(lambda header, _: header.update(layers=[])),
            "the file has 'offset0', which is no",
        ),
        (rewritten(lambda header, _: header.update(layers=[3])), "are no objects"),
        (rewritten(lambda header, _: header["network"].update(layers=[])), "at least 1"),
        (
            rewritten(lambda _, arrays: arrays.update(scale0=np.array([1 << 15]))),
            "scale: 32768 is outside",
        ),
        (
            rewritten(lambda _, arrays: arrays.update(scale0=np.array([{}], object))),
            "is not the file of an integer network",
        ),
    ],
)
def test_broken_files_are_refused(content: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "network.npz"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        load(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the network .*: No such file"):
        load(tmp_path / "none.npz")
    with pytest.raises(UsageError, match="cannot read the network"):
        load(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write to"):
        save(single(1, 0, 0), tmp_path / "file" / "network.npz")


def test_the_written_whole_is_read(tmp_path: Path) -> None:
    """What the broken files are made from."""
    (tmp_path / "network.npz").write_bytes(WHOLE)
    assert load(tmp_path / "network.npz").parameters["a"].weights.ravel().tolist() == [1]


def test_a_flipped_bit_is_found_or_harmless(tmp_path: Path) -> None:
    """Checksums cover all numbers; what they leave out is the archive's own."""
    file, outcomes = tmp_path / "network.npz", set()
    for at in range(0, 8 * len(WHOLE), effort(83, 5)):
        content = bytearray(WHOLE)
        content[at // 8] ^= 1 << at % 8
        file.write_bytes(bytes(content))
        try:
            found = load(file)
        except UsageError:
            outcomes.add("found")
            continue
        outcomes.add("harmless")
        assert found.network == single(1, 0, 0).network, at
        assert found.parameters["a"].weights.ravel().tolist() == [1], at
    assert outcomes == {"found", "harmless"}
