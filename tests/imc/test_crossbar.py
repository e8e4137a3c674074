"""Crossbar against big integers, with patches of images, and in Verilog."""

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Value
from amaranth.sim import Simulator
from references.imc.crossbar import sums
from support.effort import effort

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.input_memory import Order
from neuroloom.golden.ports import Traffic
from neuroloom.hdl.imc.crossbar import Crossbar
from neuroloom.verif.imc.crossbar import CrossbarStimulus


def test_the_widest_numbers_are_exact() -> None:
    """Sums of 58 bits: more than double precision holds."""
    spec = CrossbarSpec(
        rows=1000, columns=2, input_bits=32, input_signed=True, weight_bits=16, sum_bits=32
    )
    rng = np.random.default_rng(8)
    patches = rng.integers(-(1 << 31), 1 << 31, (40, 1000))
    patches[:, 500:] = -patches[:, :500] - 1  # and weights nearly equal: sums of a few bits less
    weights = rng.integers(-(1 << 15), 1 << 15, (2, 1000))
    weights[:, 500:] = weights[:, :500]
    sent: Traffic = {"patches": {"values": patches}, "weights": {"values": weights}}
    found = spec.model().run(sent)["sums"]["values"].tolist()
    assert found == sums(spec, [weights.tolist()], patches.tolist(), [1] * 40)
    assert len({total for row in found for total in row}) == 2, "- sum of the weights"


@pytest.mark.parametrize("parallel", [1, 3])
@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("stride", [1, 2])
def test_patches_of_images_give_a_convolution(order: Order, stride: int, parallel: int) -> None:
    """Also where replicas compute several windows of a line at once."""
    rng = np.random.default_rng(stride)
    height, width, channels, outputs, kernel = 7, 9, 2, 3, 3
    flow = DataflowControllerSpec(
        height=height,
        width=width,
        channels=channels,
        kernel=kernel,
        stride=stride,
        padding=1,
        order=order,
        bits=4,
        parallel=parallel,
    )
    rows = order is Order.ROWS
    crossbar = CrossbarSpec(
        rows=kernel * kernel * channels,
        columns=outputs,
        input_bits=4,
        weight_bits=4,
        blocks=kernel if rows else 1,
        step=stride * channels * (1 if rows else kernel),
        windows=parallel,
        counted=flow.counted,
        replicated=parallel > 1,
    )
    image = rng.integers(0, 16, (height, width, channels))
    kernels = rng.integers(-8, 8, (outputs, kernel, kernel, channels))
    lines = image if rows else image.swapaxes(0, 1)
    patches = flow.model().run({"pixels": {"values": lines.reshape(-1, channels)}})["patches"]
    found = crossbar.model().run(
        {
            "patches": {name: patches[name] for name in patches if name != "last"},
            "weights": {"values": np.tile(kernels.reshape(outputs, -1), parallel)},
        }
    )["sums"]["values"]
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
    expected = np.array(
        [
            [
                np.einsum("yxc,oyxc->o", padded[y : y + kernel, x : x + kernel], kernels)
                for x in range(0, width, stride)
            ]
            for y in range(0, height, stride)
        ]
    )
    if not rows:
        expected = expected.swapaxes(0, 1)
    assert found.tolist() == expected.reshape(-1, outputs).tolist()


SIMULATED = [
    CrossbarSpec(rows=18, columns=6, units=2, windows=3, step=2, blocks=3, counted=True),
    CrossbarSpec(rows=33, columns=3, units=3, windows=2, step=40, input_signed=True, interval=9),
    CrossbarSpec(rows=1, columns=1, input_bits=1, weight_bits=2, sum_bits=2),
    CrossbarSpec(rows=1, columns=2, input_bits=1, input_signed=True, weight_bits=2, sum_bits=2),
    CrossbarSpec(rows=5, columns=4, windows=4, step=3, counted=True, interval=10, sum_bits=32),
    CrossbarSpec(rows=6, columns=4, units=2, windows=3, step=2, blocks=3, replicated=True),
    CrossbarSpec(rows=5, columns=2, windows=4, step=3, counted=True, replicated=True),
    CrossbarSpec(
        rows=4, columns=3, units=3, windows=2, step=4, counted=True, interval=9, replicated=True
    ),
]


@pytest.mark.regression
@pytest.mark.parametrize("spec", SIMULATED)
def test_in_verilog(spec: CrossbarSpec) -> None:
    assert verify(spec, seeds=(1,), simulator=SimulatorName.ICARUS).passed


@pytest.mark.regression
@pytest.mark.parametrize("seed", effort(range(2), range(60)))
def test_random_crossbars_in_verilog(seed: int) -> None:
    spec = CrossbarStimulus.random_spec(np.random.default_rng(100 + seed))
    verified = verify(spec, seeds=(seed,), simulator=SimulatorName.ICARUS)
    assert verified.passed, f"seed {seed}: {spec.model_dump_json()}"


def test_a_window_is_computed_while_sums_wait() -> None:
    """Only its last columns wait, and leave in the cycle after the sums before."""
    spec = CrossbarSpec(rows=2, columns=3, input_bits=4, weight_bits=4)
    crossbar = Crossbar(spec)
    patches, sums = crossbar.patches, crossbar.sums
    taken: list[int] = []
    shown: list[list[int]] = []

    async def bench(context: Any) -> None:
        context.set(crossbar.weights.valid, 1)
        for column in range(3):
            context.set(Value.cast(crossbar.weights.payload.values), column + 1)
            await context.tick()
        context.set(crossbar.weights.valid, 0)
        context.set(patches.valid, 1)
        for cycle in range(40):
            context.set(Value.cast(patches.payload.values), len(taken) + 1)
            context.set(sums.ready, cycle >= 30)
            if context.get(patches.ready):
                taken.append(cycle)
            if context.get(sums.valid & sums.ready):
                shown.append([cycle, *(context.get(each) for each in sums.payload.values)])
            await context.tick()

    simulator = Simulator(crossbar)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    # the first patch's sums are held, the second's last columns wait, the third has begun
    assert taken[:4] == [0, 3, 6, 32]
    assert shown == [[30, 1, 2, 3], [31, 2, 4, 6], [34, 3, 6, 9], [37, 4, 8, 12]]


def test_how_long_operations_take() -> None:
    spec = CrossbarSpec(columns=8, units=2, windows=3)
    assert (spec.contract.latency, spec.contract.interval) == (14, 12)
    assert spec.model_copy(update={"interval": 12}).contract.interval == 12
    later = spec.model_copy(update={"interval": 30, "counted": True})
    assert (later.contract.latency, later.contract.interval) == (14, 38), "three windows after one"
    sent = {"patches": {"values": np.zeros((4, spec.lanes)), "windows": np.array([1, 3, 3, 2])}}
    variation = later.variation(sent, {})
    assert variation is not None
    # starts at 0, 30, 60, 90; two stages after 4, 12, 12 and 8 cycles
    assert later.contract.deliveries(4, variation).tolist() == [6, 44, 74, 100]
    at_once = later.model_copy(update={"interval": 1})
    variation = at_once.variation(sent, {})
    assert variation is not None
    assert at_once.contract.deliveries(4, variation).tolist() == [6, 18, 30, 38]


def test_how_long_replicas_take() -> None:
    """All windows in the time of one, then a sum a cycle."""
    spec = CrossbarSpec(columns=8, units=2, windows=3, replicated=True)
    assert (spec.contract.latency, spec.contract.interval) == (4 + 2 + 2, 4)
    many = spec.model_copy(update={"windows": 6})
    assert many.contract.interval == 6, "a sum a cycle"
    later = spec.model_copy(update={"interval": 30, "counted": True})
    sent = {"patches": {"values": np.zeros((4, spec.lanes)), "windows": np.array([1, 3, 3, 2])}}
    variation = later.variation(sent, {})
    assert variation is not None
    # starts at 0, 30, 60, 90; four cycles of columns and two stages, then the sums
    assert later.contract.deliveries(4, variation).tolist() == [6, 38, 68, 97]


def test_each_window_has_its_kernel() -> None:
    """Weights that differ between the kernels show which of them computes a window."""
    spec = CrossbarSpec(rows=2, columns=2, windows=3, step=1, replicated=True, counted=True)
    # the first column of all kernels, then the second one
    weights = np.array([[1, 10, 2, 20, 3, 30], [4, 40, 5, 50, 6, 60]])
    patches = np.array([[1, 2, 3, 4], [1, 2, 3, 4]])
    found = spec.model().run(
        {
            "weights": {"values": weights},
            "patches": {"values": patches, "windows": np.array([3, 1])},
        }
    )["sums"]["values"]
    assert found.tolist() == [[21, 84], [64, 160], [129, 258], [129, 258]]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"units": 3}, "units=3 does not divide the 8 columns"),
        ({"blocks": 5}, "blocks=5 does not divide the 36 rows"),
        ({"rows": 4096, "units": 2}, "would have 98472 port bits, the most is 65535: take fewer"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        validate(macros()["crossbar"], fields)


def test_what_a_model_refuses() -> None:
    spec = CrossbarSpec(rows=2, columns=4, units=2, windows=2, step=1, counted=True)
    patches = {"values": np.zeros((1, 3), np.int64), "windows": np.array([0])}
    weights = {"values": np.zeros((2, 4), np.int64)}
    with pytest.raises(ValueError, match="load them before the first patch"):
        spec.model().run({"patches": patches})
    with pytest.raises(ValueError, match="a load has 2 tokens; 1 leave a part of one over"):
        spec.model().run({"weights": {"values": weights["values"][:1]}})
    with pytest.raises(ValueError, match="a patch has 1 to 2 windows, not 0"):
        spec.model().run({"patches": patches, "weights": weights})
