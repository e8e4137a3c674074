"""Drawings of composed macros: blocks stand apart, and no wire runs through one."""

import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from support.command_line import run
from support.compositions import adapter, halves, loaded, sums
from support.core_networks import TINY, built

from neuroloom.flows.networks.convolutional import (
    Convolution,
    ConvolutionalNetwork,
    FullyConnected,
    Image,
)
from neuroloom.flows.reports.block_diagram import block_diagram
from neuroloom.flows.reports.block_layout import Block, Layout, Route, layout, points
from neuroloom.golden.composition import Composition
from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec


def many() -> Composition:
    """A network of cores with 40 parts or so."""
    layers = [
        Convolution(
            name=f"{number}",
            channels=4,
            padding=1,
            residual=f"{number - 2}" if number > 2 else None,
        )
        for number in range(1, 20)
    ]
    network = ConvolutionalNetwork(
        name="many",
        image=Image(height=4, width=4, channels=3),
        layers=(*layers, FullyConnected(name="FC", channels=3)),
    )
    return built(network).spec


COMPOSED: dict[str, Callable[[], Composition]] = {
    "halves": halves,
    "three levels": lambda: sums(3),
    "network": BnnNetworkSpec,
    "convolutions": BnnConvNetworkSpec,
    "cores": lambda: TINY,
    "many": many,
    "constants": lambda: loaded(np.ones((2, 3, 5), np.int64)),
}


def inside(block: Block, x: float, y: float) -> bool:
    return block.x < x < block.x + block.width and block.y < y < block.y + block.height


def apart(one: Block, other: Block) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    return beside or one.y + one.height <= other.y or other.y + other.height <= one.y


def crossed(drawn: Layout, route: Route) -> list[str]:
    """Blocks that a route runs through where it passes their column."""
    return [
        block.name
        for x, y in list(points(route))[1:-1]
        for block in drawn.blocks
        if inside(block, x + block.sides[1] - block.sides[0], y) or inside(block, x, y)
    ]


@pytest.mark.parametrize("name", COMPOSED)
def test_blocks_stand_apart_and_wires_pass_between_them(name: str) -> None:
    spec = COMPOSED[name]()
    drawn = layout(spec.wiring)
    assert {block.name for block in drawn.blocks} == {*spec.wiring.parts, *spec.wiring.outer}
    touching = [
        (one.name, other.name)
        for one, other in combinations(drawn.blocks, 2)
        if not apart(one, other)
    ]
    assert touching == []
    assert [crossed(drawn, route) for route in drawn.routes if crossed(drawn, route)] == []
    for block in drawn.blocks:
        assert 0 <= block.x <= block.x + block.width <= drawn.width
        assert 0 <= block.y <= block.y + block.height <= drawn.height


@pytest.mark.parametrize("name", COMPOSED)
def test_the_drawing_has_every_part_wire_and_queue(name: str) -> None:
    spec = COMPOSED[name]()
    root = ElementTree.fromstring(block_diagram(spec))
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    shapes = [shape.get("class") for shape in root.iter()]
    assert {*spec.wiring.parts, *spec.wiring.outer} <= set(texts)
    assert shapes.count("wire") == sum(len(wire.sources) for wire in spec.wiring.wires)
    assert shapes.count("queue") == sum(wire.places > 0 for wire in spec.wiring.wires)
    assert shapes.count("constant") == len(spec.wiring.constants)


def test_show_tells_parts_and_draws_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "drawn" / "network.svg"
    status, text, _ = run(capsys, "show", "bnn_network", "--diagram", str(file), "--json")
    told = json.loads(text)
    assert status == 0
    assert list(told["parts"]) == ["layer0", "layer1", "adapter0"]
    assert {
        "sources": ["adapter0.repacked"],
        "sink": "layer1.activations",
        "bits": 16,
        "queue": 2,
    } in told["wires"]
    assert file.read_text() == block_diagram(BnnNetworkSpec())
    _, text, _ = run(capsys, "show", "bnn_network")
    assert "activations from adapter0.repacked, queue of 2" in " ".join(text.split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("popcount", "--diagram", "a.svg"), "popcount is not composed of parts"),
        (("bnn_network", "--diagram", "a.png"), "ends in .svg, not a.png"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, error = run(capsys, "show", *words)
    assert status == 2
    assert told in " ".join(error.split())


def test_a_part_that_is_composed_says_so() -> None:
    assert "drawn (3 parts)" in block_diagram(sums(2))
    assert adapter(4, 2).macro in block_diagram(sums(2))
