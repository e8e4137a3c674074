"""Small valid files of every kind that is read, and what damage and malice make of them."""

import gzip
import io
import json
import random
import struct
import zipfile
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from neuroloom.flows.macros import chip_file
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.networks import convolutional_file, integer_network_file
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.verif.systems.crossbar_chip import random_chip
from support.hostile_models import remodelled
from support.integer_networks import random_network
from support.made_reports import cells, device, gates, synthesis

HOSTILE: tuple[Any, ...] = (
    0,
    1,
    -1,
    2,
    3,
    63,
    64,
    255,
    1 << 31,
    -(1 << 31),
    1 << 63,
    -(1 << 63) - 1,
    10**30,
    10**400,
    0.5,
    -0.0,
    1e300,
    1e-300,
    float("inf"),
    float("nan"),
    True,
    False,
    None,
    "",
    "x" * 25_000,
    "0x10",
    "1_0",
    "true",
    "false",
    "\x1b[31m",
    "[bold]",
    "../../etc",
    "ü",
    "\ud800",
    [],
    {},
    [[]],
    [1, 2],
    [0] * 3000,
    {"a": 1},
    "a/b",
    "-",
    "1e5",
    "\n",
    "\0",
)
"""Values that stand where others are expected."""


class Kind(NamedTuple):
    """Files that one reader takes: how they are called, right ones, and special damage."""

    name: str
    suffix: str
    whole: tuple[bytes, ...]
    damage: tuple[Callable[[random.Random, bytes], bytes], ...]


def flipped(rng: random.Random, content: bytes) -> bytes:
    made = bytearray(content or b"\0")
    for _ in range(rng.choice((1, 1, 2, 8, 40))):
        made[rng.randrange(len(made))] = rng.choice((0, 255, rng.randrange(256)))
    return bytes(made)


def shortened(rng: random.Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def spliced(rng: random.Random, content: bytes) -> bytes:
    low, high = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    part = content[low:high] * rng.choice((0, 2, 3))
    return content[:low] + part + content[high:]


def nested(rng: random.Random, content: bytes) -> bytes:
    deep = rng.choice((30, 60, 990, 5000, 100_000))
    opening, closing = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return opening * deep + rng.choice((b"1", b"", content[:50])) + closing * deep


BYTES = (flipped, flipped, shortened, spliced)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all values inside a document."""
    found = [path] if path else []
    inside = dict(enumerate(value)) if isinstance(value, list) else value
    for key, each in inside.items() if isinstance(inside, dict) else ():
        found += places(each, (*path, key))
    return found


def swapped(rng: random.Random, content: bytes) -> bytes:
    """A JSON document with values replaced, fields taken away, added and given twice."""
    document = json.loads(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        paths = places(document)
        if not paths:
            break
        *way, last = rng.choice(paths)
        parent = document
        for step in way:
            parent = parent[step]
        what = rng.randrange(8)
        if what == 0 and isinstance(parent, dict):
            parent[rng.choice(("colour", "x" * 3000, "", "[bold]"))] = deepcopy(rng.choice(HOSTILE))
        elif what == 1:
            del parent[last]
        elif what == 2 and isinstance(parent, list):
            parent *= rng.choice((0, 2, 50))
        else:
            parent[last] = deepcopy(rng.choice(HOSTILE))
    text = json.dumps(document)
    if rng.randrange(6) == 0 and text.startswith("{") and len(text) > 2:
        first = json.dumps(rng.choice(list(document)))
        text = f"{{{first}: 1, {text[1:]}"
    return text.encode("utf-8", errors="surrogatepass")


def header(rng: random.Random, values: np.ndarray) -> bytes:
    """An .npy file whose header lies."""
    kinds = ("<i8", "|b1", "|i1", "<u8", "<f8", "|O", "<U5", "|S3", "<M8[s]", "|V0", "<c16", ">i4")
    sizes = (0, 1, -1, 1 << 31, 1 << 40, 1 << 62, 10**20)
    fields: dict[str, Any] = {
        "descr": values.dtype.str,
        "fortran_order": False,
        "shape": values.shape,
    }
    match rng.randrange(5):
        case 0:
            fields["descr"] = rng.choice(kinds)
        case 1:
            fields["shape"] = tuple(rng.choice(sizes) for _ in range(rng.choice((0, 1, 2, 3, 70))))
        case 2:
            fields["shape"] = (*values.shape, rng.choice(sizes))
        case 3:
            fields[rng.choice(("descr", "fortran_order", "shape", "more"))] = rng.choice(HOSTILE)
        case 4:
            fields["fortran_order"] = True
    text = repr(fields).encode("utf-8", errors="replace")[:60_000] + b"\n"
    version = rng.choice((1, 1, 1, 2, 3, 0))
    length = struct.pack("<H" if version < 2 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + values.tobytes()


def array(rng: random.Random, values: np.ndarray) -> bytes:
    """Another array in the place of one."""
    stream = io.BytesIO()
    match rng.randrange(5):
        case 0 if values.dtype.kind == "U":
            values = np.array(rng.choice(("", "{}", "[]", "null", "x" * 3000)))
        case 0:
            values = values.astype(rng.choice((np.bool_, np.uint64, np.int8, np.float32, np.uint8)))
        case 1:
            values = np.full(values.shape, rng.choice((-1, 2**63 - 1, -(2**63), 255)))
        case 2:
            values = np.full(values.shape, 2**64 - 1, np.uint64)
        case 3:
            values = np.resize(values, rng.choice(((0,), (1,), (3, 0), (1, 2, 3, 4), (5000,), ())))
        case 4:
            values = np.repeat(np.atleast_1d(values), 2, axis=rng.choice((0, -1)))
    np.save(stream, values)
    return stream.getvalue()


def rezipped(rng: random.Random, content: bytes) -> bytes:
    """An archive with one member changed, added, renamed, taken away or there twice."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    name = rng.choice(list(members))
    match rng.randrange(9):
        case 0 | 1 | 2:
            members[name] = header(rng, np.load(io.BytesIO(members[name])))
        case 3 | 4:
            members[name] = array(rng, np.load(io.BytesIO(members[name])))
        case 5:
            other = rng.choice(("a.npy", "x" * 3000 + ".npy", "plain", name.upper(), "../a.npy"))
            members[other] = members[name]
        case 6:
            del members[name]
        case 7:
            members[name] = rng.choice(BYTES)(rng, members[name])
        case 8:  # the text of the archive
            for each in {"header.npy", "description.npy"} & set(members):
                values = np.load(io.BytesIO(members[each]))
                text = values.tobytes() if values.dtype == np.uint8 else str(values).encode()
                changed = rng.choice((swapped, nested))(rng, text)
                stream = io.BytesIO()
                if values.dtype == np.uint8:
                    np.save(stream, np.frombuffer(changed, np.uint8))
                else:
                    np.save(stream, np.array(changed.decode(errors="replace")))
                members[each] = stream.getvalue()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, member in members.items():
            archive.writestr(each, member)
    return stream.getvalue()


def idx_header(rng: random.Random, content: bytes) -> bytes:
    made = bytearray(content)
    at = rng.choice((2, 3, 3, 4, 5, 6, 7, 8, 12))
    made[min(at, len(made) - 1)] = rng.choice((0, 1, 2, 3, 8, 64, 65, 127, 255))
    return bytes(made)


def cells_of_text(rng: random.Random, content: bytes) -> bytes:
    """A word of a text replaced."""
    words = content.decode().replace("\n", ",\n").split(",")
    words[rng.randrange(len(words))] = str(rng.choice(HOSTILE))
    return ",".join(words).replace(",\n", "\n").encode("utf-8", errors="surrogatepass")


def _npz(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def _npy(values: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


def resaved(rng: random.Random, content: bytes) -> bytes:
    return rng.choice((header, array))(rng, np.load(io.BytesIO(content)))


def _idx(values: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes([0, 0, 8, values.ndim]) + sizes + values.astype(np.uint8).tobytes()


LAYER = BnnLayerSpec(inputs=10, neurons=6, pe=2, simd=5)
"""What traffic is for."""
SPECS = ("popcount", "bnn_network", "lif", "crossbar_core", "mesh", "cim_macro", "bnn_conv_network")


def _models() -> dict[str, bytes]:
    from support.cnn_graphs import image
    from support.onnx_graphs import Chain

    rng = np.random.default_rng(3)
    signs = np.sign(rng.standard_normal((6, 4)))
    dense = Chain(["batch", 6]).dense(signs).norm(*np.ones((4, 4))).then("BipolarQuant", 1.0)
    dense.dense(np.sign(rng.standard_normal((4, 3))))
    kernels = np.sign(rng.standard_normal((3, 2, 3, 3)))
    conv = Chain([1, 2, 6, 6]).then("BipolarQuant", 1.0).then("Conv", kernels)
    conv.then("MaxPool", kernel_shape=[2, 2], strides=[2, 2]).then("BipolarQuant", 1.0)
    conv.then("Flatten").dense(np.sign(rng.standard_normal((12, 3))))
    cnn = image().rectified(4, 3, pads=[1] * 4)
    before = cnn.tensor
    cnn.rectified(4, 4, pads=[1] * 4).conv(4, 4, pads=[1] * 4).meet(before).then("Relu")
    cnn.then("GlobalAveragePool").then("Flatten").then("Gemm", np.zeros((4, 10)), np.zeros(10))
    chains = {"dense": dense, "conv": conv, "cnn": cnn}
    return {name: bytes(chain.model().SerializeToString()) for name, chain in chains.items()}


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by the name of its reader."""
    core = CrossbarCoreSpec(axons=8, neurons=3, types=2, slots=4, word=8)
    chip = random_chip(2, 1, core, np.random.default_rng(1))
    network = random_network(1)
    with TemporaryDirectory() as name:
        folder = Path(name)
        chip_file.save(chip, folder / "c.json")
        chip_file.save(chip, folder / "c.npz")
        convolutional_file.save(network.network, folder / "n.json")
        integer_network_file.save(network, folder / "n.npz")
        chip_json, chip_npz, net_json, net_npz = (
            (folder / each).read_bytes() for each in ("c.json", "c.npz", "n.json", "n.npz")
        )
    specs = [macro(each).spec() for each in SPECS]
    dumped = [spec.model_dump_json(exclude_none=True).encode() for spec in specs]
    manifest = json.dumps({"macro": "popcount", "spec": {"width": 9}}).encode()
    documents = (*BYTES, swapped, swapped, swapped, nested)
    archives = (*BYTES, *(rezipped,) * 5)
    frames = np.zeros((6, 5), np.uint8)
    points = b'[{"width": 8, "style": "sum"}, {"width": 16}]'
    report = synthesis(device(80, 120.0), gates(30), cells(50.0, 900.0, 0.5)).model_dump_json()
    images = _idx(np.zeros((2, 3, 3)))
    models = _models()
    return {
        kind.name: kind
        for kind in (
            Kind("specification JSON", ".json", (*dumped, manifest), documents),
            Kind(
                "specification TOML",
                ".toml",
                tuple(each.to_toml().encode() for each in specs),
                (*BYTES, nested, cells_of_text),
            ),
            Kind("chip JSON", ".json", (chip_json,), documents),
            Kind("chip NPZ", ".npz", (chip_npz,), archives),
            Kind("network JSON", ".json", (net_json,), documents),
            Kind("integer network", ".npz", (net_npz,), archives),
            Kind("ONNX to map", ".onnx", (models["cnn"],), (*BYTES, *(remodelled,) * 6)),
            Kind(
                "ONNX to import",
                ".onnx",
                (models["dense"], models["conv"]),
                (*BYTES, *(remodelled,) * 6),
            ),
            Kind("IDX", "", (images,), (*BYTES, idx_header, idx_header)),
            Kind("IDX gzip", ".gz", (gzip.compress(images),), BYTES),
            Kind("traffic NPZ", ".npz", (_npz(**{"activations.bits": frames}),), archives),
            Kind("traffic NPY", ".npy", (_npy(frames),), (*BYTES, resaved, resaved)),
            Kind(
                "traffic CSV", ".csv", (b"1,0,1,0,1\n" * 4,), (*BYTES, cells_of_text, cells_of_text)
            ),
            Kind("points JSON", ".json", (points, b'{"points": ' + points + b"}"), documents),
            Kind(
                "points TOML",
                ".toml",
                (b"[[points]]\nwidth = 8\n[[points]]\nwidth = 16\n",),
                (*BYTES, nested, cells_of_text),
            ),
            Kind(
                "points CSV",
                ".csv",
                (b"width,style\n8,sum\n16,\n",),
                (*BYTES, cells_of_text, cells_of_text),
            ),
            Kind("report", ".json", (report.encode(),), documents),
            Kind("Liberty", ".lib", LIBERTIES, (*BYTES, cells_of_text)),
        )
    }


LIBERTIES = (
    b'library (small) {\n time_unit : "1ns";\n capacitive_load_unit (1, pf);\n'
    b" cell (inv) {\n  area : 1.5;\n  pin (A) { direction : input; capacitance : 0.01; }\n"
    b'  pin (Y) { direction : output; function : "!A"; timing () { related_pin : "A"; } }\n }\n}\n',
)
