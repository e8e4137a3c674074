"""Nodes, results and widths of a network of cores that do not fit are refused in a sentence."""

from typing import Any

import numpy as np
import pytest
from support.core_networks import built, residual

from neuroloom.flows.mapping.imc.assemble import assemble
from neuroloom.flows.mapping.imc.cores import Chip, map_network
from neuroloom.flows.mapping.imc.random_integers import random_integers
from neuroloom.flows.mapping.imc.simulate import simulate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.systems.core_network import CoreNetworkSpec


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "1"}, "two nodes are named '1'"),
        ({"sources": ({"node": "9", "channels": 4},)}, "takes from '9', which is no node before"),
        ({"sources": ({"node": "1", "channels": 3},)}, "takes 4 channels, its sources have 3"),
        (
            {"sources": ({"node": "1", "first": 1, "channels": 4},)},
            "takes channels 1 to 4 of '1', which has 4",
        ),
        ({"sources": ({"node": "1", "channels": 4, "forwarded": True},)}, "forwards nothing"),
        ({"weights": (1, 2)}, "has 2 weights, its crossbar takes 36·4"),
        ({"scale": (1,)}, "has 1 scales and 4 offsets for 4 channels"),
        ({"partial": "1"}, "adds what is not there, or not what is"),
        ({"crossbar": None}, "has either a crossbar or a pool"),
        ({"core": None}, "has a crossbar and no dataflow"),
    ],
)
def test_nodes_that_do_not_fit(change: dict[str, Any], message: str) -> None:
    nodes = [node.model_dump() for node in built(residual()).spec.nodes[:2]]
    results = ({"node": nodes[1]["name"], "channels": 4},)
    fields = {"nodes": [nodes[0], {**nodes[1], **change}], "results": results}
    with pytest.raises(ValueError, match=message):
        CoreNetworkSpec.model_validate(fields)


@pytest.mark.parametrize(
    ("results", "message"),
    [
        ({"node": "1", "channels": 4}, "nobody takes the results of node '2'"),
        ({"node": "2", "channels": 5}, "the network takes channels 0 to 4 of '2', which has 4"),
        ({"node": "7", "channels": 4}, "the network takes from '7', which is no node before"),
        ({"node": "2", "channels": 4, "forwarded": True}, "results are those of nodes"),
    ],
)
def test_results_that_do_not_fit(results: dict[str, Any], message: str) -> None:
    nodes = [node.model_dump() for node in built(residual()).spec.nodes[:2]]
    with pytest.raises(ValueError, match=message):
        CoreNetworkSpec.model_validate({"nodes": nodes, "results": (results,)})


def test_what_cannot_be_built() -> None:
    network = residual(8, 8)
    integers = random_integers(network, 0)
    wide = map_network(network, Chip(), {"1": 4}, widest=2)
    if any(layer.tile[1] > 1 for layer in wide):
        with pytest.raises(UsageError, match="computes tiles of 2 columns"):
            assemble(integers, wide, Chip())
    single = map_network(network, Chip())
    with pytest.raises(UsageError, match=r"small cannot be built: parallel=9 is more than the 8"):
        assemble(integers, single, Chip(), parallel={"1": 9})
    system = built(network)
    with pytest.raises(UsageError, match=r"are not some of 8×8×3 in uint8"):
        simulate(system, np.zeros((1, 8, 8, 2), np.uint8))
