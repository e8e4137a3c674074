"""Pooling layers of networks on in-memory-computing cores."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from neuroloom.flows.mapping.imc.cores import Chip, map_network
from neuroloom.flows.mapping.imc.drawing import drawn
from neuroloom.flows.mapping.imc.grid import Kind, place
from neuroloom.flows.mapping.imc.random_integers import random_integers
from neuroloom.flows.networks import convolutional_file
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork, Pooling
from neuroloom.flows.networks.inference import activations
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.imc.memory_mapping import Mapping
from neuroloom.golden.imc.pixel_pool import Operation

POOLED = """{
 "format": "neuroloom-cnn", "version": 1, "name": "pooled",
 "image": {"height": 9, "width": 7, "channels": 3},
 "layers": [
  {"kind": "convolution", "name": "a", "channels": 40, "padding": 1},
  {"kind": "pooling", "name": "p"},
  {"kind": "convolution", "name": "b", "channels": 40, "padding": 1, "residual": "p"},
  {"kind": "pooling", "name": "q", "operation": "average", "kernel": 3, "stride": 1}
 ]
}"""


def pooled(tmp_path: Path, text: str = POOLED) -> ConvolutionalNetwork:
    file = tmp_path / "network.json"
    file.write_text(text)
    return convolutional_file.load(file)


def test_pooling_layers_take_their_sources_channels(tmp_path: Path) -> None:
    network = pooled(tmp_path)
    assert [each.made for each in network.wired] == [(9, 7, 40), (4, 3, 40), (4, 3, 40), (2, 1, 40)]
    p, q = network.layer("p"), network.layer("q")
    assert (p.kernel, p.stride, p.padding, p.residual, p.matrix) == (2, 2, 0, None, (0, 0))
    assert (q.kernel, q.stride) == (3, 1)
    assert [each.layer.operation for each in (p, q) if isinstance(each.layer, Pooling)] == [
        Operation.MAX,
        Operation.AVERAGE,
    ]
    assert network.holders == {"a": "p", "p": "b", "b": "q"}
    again = tmp_path / "again.json"
    convolutional_file.save(network, again)
    assert convolutional_file.load(again) == network
    assert '"stride": null' not in again.read_text()


def test_a_pool_has_a_core_without_a_crossbar(tmp_path: Path) -> None:
    network = pooled(tmp_path)
    layers = map_network(network, Chip(rows=200), {"p": 2}, widest=2)
    assert [len(layer.cores) for layer in layers] == [1, 1, 2, 1]
    pool = layers[1]
    assert (pool.tile, pool.parts, pool.senders) == ((2, 1), 1, pool.cores)
    core = pool.cores[0]
    assert (core.inputs, core.outputs) == (range(40), range(40))
    assert (core.replicas, core.utilisation) == (None, 0)
    # KLIP reads five words of a row and writes three of a pixel at most, PLIP six and three
    assert (core.memory.kernel, core.memory.rows, core.memory.pixel_bits) == (2, 9, 320)
    assert (core.memory.mapping, core.memory_cycles, core.memory.words) == (Mapping.KLIP, 8, 45)
    most = "'p': 2 columns of 9 pixels with 40 channels take 45 words of .*, most of all .* has 44;"
    with pytest.raises(UsageError, match=most):
        map_network(network, Chip(rows=400, words=44))
    with pytest.raises(UsageError, match="layer 'q': 3 pixels a timestep are not 1 to 2"):
        map_network(network, Chip(), {"q": 3})


def test_links_and_sites_of_pools(tmp_path: Path) -> None:
    network = pooled(tmp_path)
    placement = place(network, map_network(network, Chip(rows=200)), 3, 2)
    links = [(link.kind, link.sender, link.receiver, link.channels) for link in placement.links]
    # "b" is split over cores 2 and 3; the second has the whole sums
    assert links == [
        (Kind.FEEDFORWARD, 0, 1, 40),
        (Kind.FEEDFORWARD, 1, 2, 20),
        (Kind.FEEDFORWARD, 1, 3, 20),
        (Kind.PARTIAL_SUM, 2, 3, 40),
        (Kind.FEEDFORWARD, 3, 4, 40),
    ]
    root = ElementTree.fromstring(drawn(placement))
    assert [each.text for each in root.iter("text")].count("pooling") == 2
    titles = [each.text for each in root.iter("title")]
    assert titles[1] == "layer p: pools channels 0 to 39"
    assert titles[2] == (
        "layer b: inputs 0 to 19, outputs 0 to 39, 1 replicas, 180 rows, 40 columns"
    )


def test_zeros_of_padding_are_pooled(tmp_path: Path) -> None:
    text = POOLED.replace('"name": "p"', '"name": "p", "kernel": 3, "stride": 2, "padding": 1')
    text = text.replace('"kernel": 3, "stride": 1', '"kernel": 4, "stride": 1, "padding": 3')
    network = pooled(tmp_path, text)
    assert [each.made for each in network.wired] == [(9, 7, 40), (5, 4, 40), (5, 4, 40), (8, 7, 40)]
    integers = random_integers(network, 1)
    images = np.random.default_rng(1).integers(0, 256, (2, 9, 7, 3), np.uint8)
    found = activations(integers, images)
    a, p, b, q = (found[name] for name in "apbq")
    for y, x in np.ndindex(5, 4):
        window = a[:, max(0, 2 * y - 1) : 2 * y + 2, max(0, 2 * x - 1) : 2 * x + 2]
        assert (p[:, y, x] == window.max(axis=(1, 2))).all()
    for y, x in np.ndindex(8, 7):
        window = b[:, max(0, y - 3) : y + 1, max(0, x - 3) : x + 1]
        assert (q[:, y, x] == np.rint(window.sum(axis=(1, 2)) / 16)).all()
    assert q.any(axis=(0, 3)).all()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"kernel": 3', '"kernel": 4', "'q': kernel=4 is more than the 3 pixels of its input 4×3"),
        ('"name": "p"', '"name": "p", "channels": 40', "channels: Extra inputs are not permitted"),
        ('"name": "p"', '"name": "p", "padding": 2', "'p': padding=2 is not less than kernel=2"),
        ('"name": "p"', '"name": "p", "padding": -1', "padding: Input should be greater than or"),
        ('"kernel": 3', '"kernel": 8', "kernel: Input should be less than or equal to 7"),
        ('"stride": 1', '"stride": 0', "stride: Input should be greater than or equal to 1"),
        ('"average"', '"median"', "operation: Input should be 'max' or 'average'"),
        ('"residual": "p"', '"residual": "a"', "'b' makes 4×3×40, its residual 'a' 9×7×40"),
        ('"name": "p"', '"name": "p", "source": "q"', "'p': its source 'q' is no layer before it"),
    ],
)
def test_mistakes_of_pooling_layers(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert POOLED.count(old) == 1
    with pytest.raises(UsageError, match=message):
        pooled(tmp_path, POOLED.replace(old, new))
