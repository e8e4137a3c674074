"""Small valid files with one thing wrong."""

import io
import json
import zipfile
from typing import Any

import numpy as np

from support import hostile

LONG = "x" * 25_000


def whole(kind: str) -> bytes:
    return hostile.kinds()[kind].whole[0]


def changed(kind: str, **places: Any) -> bytes:
    """A document with values at places like ``contents__0__dy__0``."""
    document = json.loads(whole(kind))
    for path, value in places.items():
        *way, last = [int(step) if step.isdigit() else step for step in path.split("__")]
        parent = document
        for step in way:
            parent = parent[step]
        parent[last] = value
    return json.dumps(document).encode()


def archive(kind: str, **members: bytes | np.ndarray | None) -> bytes:
    """An archive with members in place of its own, or without those that are None."""
    with zipfile.ZipFile(io.BytesIO(whole(kind))) as given:
        content: dict[str, Any] = {each: given.read(each) for each in given.namelist()}
    content |= {f"{name}.npy": value for name, value in members.items()}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, value in content.items():
            if isinstance(value, np.ndarray):
                array = io.BytesIO()
                np.save(array, value)
                value = array.getvalue()
            if value is not None:
                made.writestr(name, value)
    return stream.getvalue()


def described(kind: str, member: str, **places: Any) -> bytes:
    """An archive with values in the JSON of a member changed."""
    with np.load(io.BytesIO(whole(kind))) as given:
        values = given[member]
    text = values.tobytes() if values.dtype == np.uint8 else str(values)
    document = json.loads(text)
    for path, value in places.items():
        *way, last = [int(step) if step.isdigit() else step for step in path.split("__")]
        parent = document
        for step in way:
            parent = parent[step]
        parent[last] = value
    text = json.dumps(document)
    bytes_ = np.frombuffer(text.encode(), np.uint8)
    return archive(kind, **{member: bytes_ if values.dtype == np.uint8 else np.array(text)})


def lying(shape: tuple[int, ...]) -> bytes:
    """An .npy file of eight zeros that declares another shape."""
    header = repr({"descr": "<i8", "fortran_order": False, "shape": shape}).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(64)


def spoilt(kind: str, place: int, value: int) -> bytes:
    """An archive with a byte of the directory's last entry changed."""
    content = bytearray(whole(kind))
    content[content.rindex(b"PK\x01\x02") + place] = value
    first = content.index(b"PK\x03\x04", content.rindex(b"PK\x03\x04"))
    content[first + place - 2] = value
    return bytes(content)


def deflated_wrong(kind: str) -> bytes:
    """An archive whose last member holds noise in place of its compressed bytes."""
    content = bytearray(whole(kind))
    at = content.rindex(b"PK\x03\x04")
    begin = at + 30 + content[at + 26] + content[at + 28]
    content[begin : begin + 12] = b"\xff" * 12
    return bytes(content)


def model(**sizes: int) -> bytes:
    """A binarized model whose input has other sizes, or whose first node a long name."""
    import onnx

    made = onnx.load_model_from_string(whole("ONNX to import"))
    dimensions = made.graph.input[0].type.tensor_type.shape.dim
    for axis, size in sizes.items():
        dimensions[int(axis[-1])].dim_value = size
    if not sizes:
        node = next(each for each in made.graph.node if each.op_type == "MatMul")
        node.name, node.op_type = LONG, "Nothing"
    return bytes(made.SerializeToString())
