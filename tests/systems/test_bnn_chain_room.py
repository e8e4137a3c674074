"""What a chain of layers takes while its output is held: queues too long and too short."""

from typing import Any

import numpy as np
import pytest
from support.verdicts import verdict

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from neuroloom.golden.spec import Spec
from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec
from neuroloom.golden.systems.chain_room import STANDING, QueuePart, taken
from neuroloom.golden.systems.conv_stage import ConvStage
from neuroloom.hdl import composition
from neuroloom.hdl.streams.stream_fifo import StreamFifo
from neuroloom.verif.bnn.max_pool import MaxPoolStimulus
from neuroloom.verif.bnn.sliding_window import SlidingWindowStimulus
from neuroloom.verif.stimulus import Stimulus
from neuroloom.verif.systems.bnn_network import BnnNetworkStimulus

CHAIN = BnnNetworkSpec(
    layers=(
        BnnLayerSpec(inputs=3, neurons=5, pe=3, simd=3),
        BnnLayerSpec(inputs=5, neurons=7, pe=5, simd=3),
        BnnLayerSpec(inputs=7, neurons=5, pe=3, simd=5),
    )
)
CONVOLUTION = BnnConvNetworkSpec(
    stages=(
        ConvStage(
            window=SlidingWindowSpec(height=3, width=3, channels=2, simd=2, kernel=2, padding=1),
            layer=BnnLayerSpec(inputs=8, neurons=2, pe=2, simd=2),
            pool=MaxPoolSpec(height=4, width=4, channels=2, lanes=2),
        ),
        ConvStage(layer=BnnLayerSpec(inputs=8, neurons=3, pe=3, simd=2)),
    )
)


def room(spec: BnnNetworkSpec, vectors: int) -> int:
    """Tokens taken of so many vectors."""
    sent = BnnNetworkStimulus(spec).random(np.random.default_rng(1), vectors)
    return spec.room(sent)["activations"]


@pytest.mark.regression
def test_as_much_is_taken_as_stated() -> None:
    assert not verdict(CHAIN)


@pytest.mark.parametrize(("spec", "more"), [(CHAIN, -1), (CHAIN, 1), (CONVOLUTION, -1)])
@pytest.mark.regression
def test_a_queue_of_another_depth_shows(
    spec: Spec, more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def queue(bits: int, depth: int) -> StreamFifo:
        return StreamFifo(bits, depth + more)

    monkeypatch.setattr(composition, "StreamFifo", queue)
    assert "while no output is accepted" in verdict(spec)


def test_room_is_that_of_one_layer_and_grows_with_queues() -> None:
    """A layer alone stands as its own contract says, which the bench measures apart from this."""
    for layer in CHAIN.layers:
        assert room(BnnNetworkSpec(layers=(layer,)), 30) == layer.contract.held["activations"]
    assert room(CHAIN, 1) == 1
    assert room(CHAIN, 30) > sum(room(BnnNetworkSpec(layers=(each,)), 30) for each in CHAIN.layers)
    assert CHAIN.contract.standstill.endswith("until all queues are full")


@pytest.mark.parametrize("stimulus", [SlidingWindowStimulus, MaxPoolStimulus])
def test_windows_and_pools_alone_stand_as_their_contracts_say(
    stimulus: type[Stimulus[Any]],
) -> None:
    """The bench measures those contracts apart from this."""
    rng = np.random.default_rng(3)
    for _ in range(50):
        spec = stimulus.random_spec(rng)
        (room,) = spec.contract.held.values()
        assert taken([STANDING[type(spec)](spec)], 2 * room + 1) == room, spec


def test_every_queue_counts_in_what_a_chain_of_windows_takes() -> None:
    spec = BnnConvNetworkSpec()
    offered = 30 * spec.contract.consumes["activations"]
    stated = spec.room({"activations": {"bits": np.zeros((offered, 1), np.int64)}})["activations"]
    assert 0 < stated < offered
    for more in (-1, 1):
        for number, (_, places) in enumerate(spec.links):
            queues = [place for _, place in spec.links]
            queues[number] = places + more
            parts = [
                QueuePart(queues.pop(0)) if isinstance(part, QueuePart) else part
                for part in spec.standing()
            ]
            assert (taken(parts, offered) - stated) * more > 0, (number, more)
    assert spec.contract.standstill.endswith("until all queues are full")
