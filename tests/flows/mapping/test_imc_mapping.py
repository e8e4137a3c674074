"""Convolutional networks on cores: descriptions, splits, replicas, memories, placement."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from support.places import DOCS

from neuroloom.flows.mapping.imc.cores import (
    Chip,
    MappedLayer,
    map_network,
    paced,
    split,
    worst_cycles,
)
from neuroloom.flows.mapping.imc.drawing import drawn
from neuroloom.flows.mapping.imc.grid import Kind, Placement, bandwidth, place
from neuroloom.flows.networks import convolutional_file
from neuroloom.flows.networks.convolutional import (
    Convolution,
    ConvolutionalNetwork,
    FullyConnected,
    Image,
)
from neuroloom.flows.networks.resnet import resnet
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.imc.memory_mapping import Mapping

RESNET, CHIP = resnet(), Chip()
SINGLE = map_network(RESNET, CHIP)
JSON = """{
 "format": "neuroloom-cnn", "version": 1, "name": "small",
 "image": {"height": 8, "width": 6, "channels": 3},
 "layers": [
  {"kind": "convolution", "name": "a", "channels": 4, "padding": 1},
  {"kind": "convolution", "name": "b", "channels": 4, "padding": 1, "residual": "a"},
  {"kind": "fully_connected", "name": "fc", "channels": 10}
 ]
}"""


def cores(layers: tuple[MappedLayer, ...]) -> int:
    return sum(len(layer.cores) for layer in layers)


def small(**changes: Any) -> ConvolutionalNetwork:
    fields: dict[str, Any] = {"name": "b", "channels": 5, "kernel": 3, "padding": 1} | changes
    layers = (Convolution(name="a", channels=5, padding=1), Convolution(**fields))
    return ConvolutionalNetwork(
        name="small", image=Image(height=8, width=6, channels=3), layers=layers
    )


def test_resnet_32_has_the_layers_of_table_2() -> None:
    table = {
        each.name: (each.given[:2], each.made[:2], each.stride, each.matrix, each.given.channels)
        for each in RESNET.wired
    }
    large, middle, least = (32, 32), (16, 16), (8, 8)
    wanted = {"1": (large, large, 1, (27, 16), 3)}
    wanted |= {str(n): (large, large, 1, (144, 16), 16) for n in range(2, 12)}
    wanted |= {"RS1": (large, middle, 2, (16, 28), 16), "12": (large, middle, 2, (144, 28), 16)}
    wanted |= {str(n): (middle, middle, 1, (252, 28), 28) for n in range(13, 22)}
    wanted |= {"RS2": (middle, least, 2, (28, 56), 28), "22": (middle, least, 2, (252, 56), 28)}
    wanted |= {str(n): (least, least, 1, (504, 56), 56) for n in range(23, 32)}
    wanted |= {"FC": (least, (1, 1), 1, (56, 10), 56)}
    assert table == wanted
    assert {e.name: e.residual for e in RESNET.wired if e.residual} == {
        **{str(n): str(n - 2) for n in (*range(3, 12, 2), *range(15, 22, 2), *range(25, 32, 2))},
        "13": "RS1",
        "23": "RS2",
    }
    assert RESNET.layer("12").source == "11"


def test_other_depths() -> None:
    assert len(resnet(8).layers) == 1 + 6 + 2 + 1
    assert len(resnet(110).layers) == 109 + 2 + 1
    for depth in (2, 33):
        with pytest.raises(UsageError, match=f"depth={depth} is not 6·n"):
            resnet(depth)


def test_43_cores() -> None:
    assert cores(SINGLE) == 43
    assert [layer.name for layer in SINGLE if layer.parts == 2] == [str(n) for n in range(23, 32)]
    halves = SINGLE[-2].cores
    assert [(core.part, core.inputs, core.outputs) for core in halves] == [
        (0, range(28), range(56)),
        (1, range(28, 56), range(56)),
    ]
    assert all(core.replicas.rows == 252 and core.replicas.columns == 56 for core in halves)
    assert float(halves[0].utilisation) == 252 * 56 / 65536
    assert cores(map_network(RESNET, Chip(rows=512, columns=512))) == 34


@pytest.mark.parametrize("seed", range(30))
def test_each_weight_lies_in_one_core_that_has_room(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chip = Chip(rows=int(rng.integers(60, 300)), columns=int(rng.integers(12, 90)), words=4096)
    kernel, count, widest = (int(n) for n in rng.integers((1, 1, 1), (4, 5, 4)))
    network = small(
        kernel=kernel, padding=0, channels=int(rng.integers(1, 60)), stride=int(rng.integers(1, 3))
    )
    mapped = map_network(network, chip, {"b": count}, widest)[1]
    held = Counter((i, o) for core in mapped.cores for i in core.inputs for o in core.outputs)
    assert held == Counter({(i, o): 1 for i in range(5) for o in range(network.layers[1].channels)})
    for core in mapped.cores:
        assert core.replicas.rows <= chip.rows, seed
        assert core.replicas.columns <= chip.columns, seed
        devices = count * kernel**2 * len(core.inputs) * len(core.outputs)
        assert core.utilisation * chip.rows * chip.columns == devices
    assert mapped.tile[0] * mapped.tile[1] == count
    assert mapped.tile[1] <= widest


def test_partial_sums_of_the_parts_are_the_convolution() -> None:
    """Equations 5 and 6 with the ranges of a mapping."""
    rng = np.random.default_rng(5)
    mapped = map_network(small(channels=9), Chip(rows=20, columns=4))[1]
    assert (mapped.parts, len(mapped.cores), len(mapped.senders)) == (3, 9, 3)
    weights = rng.integers(-9, 10, (3, 3, 5, 9))
    patch = rng.integers(0, 256, (3, 3, 5))
    whole = np.einsum("xyi,xyio->o", patch, weights)
    summed = np.zeros(9, np.int64)
    for core in mapped.cores:
        part = weights[:, :, core.inputs.start : core.inputs.stop]
        taken = patch[:, :, core.inputs.start : core.inputs.stop]
        sums = np.einsum("xyi,xyio->o", taken, part)
        summed[core.outputs.start : core.outputs.stop] += sums[
            core.outputs.start : core.outputs.stop
        ]
    assert np.array_equal(summed, whole)


def test_channels_are_split_evenly() -> None:
    assert split(10, 4) == [range(3), range(3, 6), range(6, 10)]
    assert split(8, 8) == [range(8)]
    for channels in range(1, 40):
        for most in range(1, 12):
            ranges = split(channels, most)
            assert [c for each in ranges for c in each] == list(range(channels))
            lengths = {len(each) for each in ranges}
            assert max(lengths) <= most
            assert max(lengths) - min(lengths) <= 1
            assert len(ranges) == -(-channels // most)


def test_replicas_for_4_2_and_1_pixels() -> None:
    wanted = paced(RESNET)
    assert Counter(wanted.values()) == {4: 11, 2: 11, 1: 11}
    assert (wanted["11"], wanted["12"], wanted["RS1"], wanted["22"]) == (4, 2, 2, 1)
    along = map_network(RESNET, CHIP, wanted)
    both = map_network(RESNET, CHIP, wanted, widest=2)
    # 288 rows of four kernels along a column, 336 of two in the second group
    assert [layer.parts for layer in along if layer.name in ("1", "5", "12", "15", "22")] == [
        1,
        2,
        1,
        2,
        1,
    ]
    assert (cores(along), cores(both)) == (62, 52)
    square = next(layer for layer in both if layer.name == "5")
    assert square.tile == (2, 2)
    assert square.cores[0].replicas.rows == 256  # 4×4 pixels of 16 channels: to the last row
    assert {layer.tile[1] for layer in along} == {1}
    enough = map_network(RESNET, Chip(rows=504), wanted)
    assert cores(enough) == 34
    assert enough[4].cores[0].replicas.rows == 288


def test_memories_take_the_fewest_cycles_then_words() -> None:
    memories = {layer.name: layer.cores[0].memory for layer in SINGLE}
    assert memories["1"].mapping is Mapping.KLIP
    assert worst_cycles(memories["1"]) == 2
    assert {memory.mapping for name, memory in memories.items() if name != "1"} == {Mapping.PLIP}
    assert [layer.cores[0].memory_bytes for layer in SINGLE[:3]] == [512, 1536, 1536]
    assert SINGLE[3].cores[0].memory_cycles == 4
    # two pixels a word: PLIP reads three words, KLIP and IWAP two; IWAP is smaller
    narrow = map_network(small(), Chip(bits=10, word_bits=100))[1].cores[0].memory
    assert (narrow.mapping, worst_cycles(narrow), narrow.words) == (Mapping.IWAP, 3, 12)


@pytest.mark.parametrize(
    ("chip", "parallel", "message"),
    [
        (Chip(rows=8), {}, "layer 'a': 1 kernels of 3×3 do not fit into 8 rows"),
        (Chip(columns=3), {"b": 4}, "layer 'b': 4 kernels of 3×3 do not fit .* 3 columns"),
        (Chip(words=7), {}, "layer 'b': 3 columns of 8 pixels with 5 channels take 8 words"),
        (CHIP, {"c": 2}, "there is no layer 'c' in small"),
        (CHIP, {"b": 49}, "layer 'b': 49 pixels a timestep are not 1 to 48"),
    ],
)
def test_what_cannot_be_mapped(chip: Chip, parallel: dict[str, int], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        map_network(small(), chip, parallel)


@pytest.mark.parametrize("name", ["rows", "columns", "word_bits", "words", "bits"])
def test_sizes_below_one(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}=0 is less than 1"):
        Chip(**{name: 0})
    with pytest.raises(ValueError, match="timestep=0 is not positive"):
        Chip(timestep=0)


def received(placement: Placement, kinds: set[Kind]) -> dict[int, int]:
    """Channels that each core is sent."""
    found: Counter[int] = Counter()
    for link in placement.links:
        if link.kind in kinds:
            found[link.receiver] += link.channels
    return found


@pytest.mark.parametrize("rows", [64, 256, 512])
def test_links_bring_each_channel_once(rows: int) -> None:
    layers = map_network(RESNET, Chip(rows=rows, columns=40))
    placement = place(RESNET, layers, 20, 20)
    inputs = received(placement, {Kind.FEEDFORWARD, Kind.RESAMPLING})
    residuals = received(placement, {Kind.RESIDUAL, Kind.RESAMPLED})
    sums = received(placement, {Kind.PARTIAL_SUM})
    by_name = {layer.name: layer for layer in layers}
    for index, core in enumerate(placement.cores):
        layer = by_name[core.layer]
        assert inputs.get(index, 0) == (len(core.inputs) if layer.wired.source else 0)
        adds = layer.wired.residual and core.part == layer.parts - 1
        assert residuals.get(index, 0) == (len(core.outputs) if adds else 0)
        assert sums.get(index, 0) == (len(core.outputs) if core.part else 0)


def test_links_and_sites_of_resnet_32() -> None:
    placement = place(RESNET, SINGLE)
    assert placement.kinds == {
        Kind.FEEDFORWARD: 40,
        Kind.RESIDUAL: 17,
        Kind.RESAMPLING: 2,
        Kind.RESAMPLED: 2,
        Kind.PARTIAL_SUM: 9,
    }
    sites = placement.sites
    assert len(set(sites)) == 43
    assert all(abs(a.column - b.column) + abs(a.row - b.row) == 1 for a, b in pairwise(sites))
    assert max(map(placement.hops, placement.links)) == 3
    with pytest.raises(UsageError, match="ResNet-32 takes 43 cores; a grid of 7×6 has 42"):
        place(RESNET, SINGLE, 7, 6)


def test_bandwidth_of_equation_7() -> None:
    bits = bandwidth(SINGLE, CHIP)
    assert (bits["2"], bits["13"], bits["31"]) == pytest.approx((1.28e9, 2.24e9, 4.48e9))
    fast = bandwidth(map_network(RESNET, CHIP, paced(RESNET)), CHIP)
    assert (fast["2"], fast["13"], fast["31"]) == pytest.approx((5.12e9, 4.48e9, 4.48e9))
    links = place(RESNET, SINGLE).links
    assert max(link.bandwidth(CHIP) for link in links) == pytest.approx(4.48e9)


def test_the_drawing_shows_each_core_and_link() -> None:
    placement = place(RESNET, SINGLE)
    root = ElementTree.fromstring(drawn(placement))
    texts = [each.text for each in root.iter("text")]
    assert Counter(texts)["31"] == 2
    assert texts.count("21.5%") == 19
    assert len([each for each in root.iter("g") if each.find("{*}title") is not None]) == 43
    assert len(list(root.iter("path"))) == len(placement.links) + len(Kind)


def test_a_file_is_read_as_written(tmp_path: Path) -> None:
    file = tmp_path / "network.json"
    convolutional_file.save(RESNET, file)
    assert convolutional_file.load(file) == RESNET
    file.write_text(JSON)
    read = convolutional_file.load(file)
    assert [each.made for each in read.wired] == [(8, 6, 4), (8, 6, 4), (1, 1, 10)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"version": 1', '"version": 2', "format 'neuroloom-cnn', version 2; it takes"),
        ('"name": "b"', '"name": "a"', "two layers are named 'a'"),
        ('"residual": "a"', '"residual": "z"', "layer 'b': its residual 'z' is no layer before"),
        ('"residual": "a"', '"source": "z"', "layer 'b': its source 'z' is no layer before it"),
        ('"residual": "a"', '"kernel": 11', "kernel=11 is more than the 8 pixels"),
        ('"residual": "a"', '"kernel": 1', "padding=1 is not less than kernel=1"),
        ('"padding": 1, "residual"', '"residual"', "'b' makes 6×4×4, its residual 'a' 8×6×4"),
        ('"residual": "a"', '"strides": 2', "strides: Extra inputs are not permitted"),
        ('"residual": "a"', '"stride": 0', "stride: Input should be greater than or equal to 1"),
        ('"kind": "fully_connected"', '"kind": "pool"', "Its kind should be one of .*, not 'pool'"),
        ('"channels": 10', '"channels": 10, "source": "a"', "layer 'b' is the source or residual"),
        (
            '"kind": "convolution", "name": "b", "channels": 4, "padding": 1, "residual": "a"',
            '"kind": "fully_connected", "name": "b", "channels": 4',
            "layer 'b' is fully connected and not the last",
        ),
        ("]", "", "is not a network file: Expecting"),
        (JSON, "[]", "does not hold an object"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert JSON.count(old) == 1
    file = tmp_path / "network.json"
    file.write_text(JSON.replace(old, new))
    with pytest.raises(UsageError, match=message):
        convolutional_file.load(file)


def test_files_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the network .*No such file"):
        convolutional_file.load(tmp_path / "none.json")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        convolutional_file.save(RESNET, tmp_path / "file" / "network.json")


def test_an_image_of_too_many_pixels() -> None:
    with pytest.raises(ValueError, match="more than 262144 pixels is too large"):
        ConvolutionalNetwork(
            name="n",
            image=Image(height=1024, width=1024, channels=1),
            layers=(FullyConnected(name="fc", channels=2),),
        )


def test_the_document_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (DOCS / "cnn-format.md").read_text()
    blocks = dict(re.findall(r"```(json|python)\n(.*?)```", text, re.S))
    (tmp_path / "network.json").write_text(blocks["json"])
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(blocks["python"], names)
    assert names["network"].layer("3").residual == "RS"
    assert names["activity"]["FC"].computed.shape == (100, 1, 1)
