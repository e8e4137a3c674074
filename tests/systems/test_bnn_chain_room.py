"""What a chain of layers takes while its output is held: queues too long and too short."""

import numpy as np
import pytest
from support.verdicts import verdict

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec
from neuroloom.hdl import composition
from neuroloom.hdl.streams.stream_fifo import StreamFifo
from neuroloom.verif.systems.bnn_network import BnnNetworkStimulus

CHAIN = BnnNetworkSpec(
    layers=(
        BnnLayerSpec(inputs=3, neurons=5, pe=3, simd=3),
        BnnLayerSpec(inputs=5, neurons=7, pe=5, simd=3),
        BnnLayerSpec(inputs=7, neurons=5, pe=3, simd=5),
    )
)


def room(spec: BnnNetworkSpec, vectors: int) -> int:
    """Tokens taken of so many vectors."""
    sent = BnnNetworkStimulus(spec).random(np.random.default_rng(1), vectors)
    return spec.room(sent)["activations"]


@pytest.mark.regression
def test_as_much_is_taken_as_stated() -> None:
    assert not verdict(CHAIN)


@pytest.mark.parametrize("more", [-1, 1])
@pytest.mark.regression
def test_a_queue_of_another_depth_shows(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def queue(bits: int, depth: int) -> StreamFifo:
        return StreamFifo(bits, depth + more)

    monkeypatch.setattr(composition, "StreamFifo", queue)
    assert "while no output is accepted" in verdict(CHAIN)


def test_room_is_that_of_one_layer_and_grows_with_queues() -> None:
    """A layer alone stands as its own contract says, which the bench measures apart from this."""
    for layer in CHAIN.layers:
        assert room(BnnNetworkSpec(layers=(layer,)), 30) == layer.contract.held["activations"]
    assert room(CHAIN, 1) == 1
    assert room(CHAIN, 30) > sum(room(BnnNetworkSpec(layers=(each,)), 30) for each in CHAIN.layers)
    assert CHAIN.contract.standstill.endswith("until all queues are full")


def test_chains_of_windows_do_not_say_what_they_take() -> None:
    spec = BnnConvNetworkSpec()
    assert spec.room({}) == {}
    assert not spec.contract.standstill
