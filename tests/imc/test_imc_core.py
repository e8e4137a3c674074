"""The core with a crossbar around: layers of a network, bit by bit, and what it takes."""

from typing import Any

import numpy as np
import pytest
from support.effort import effort

from neuroloom.flows.verify import verify
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.digital_processor import DigitalProcessorSpec
from neuroloom.golden.imc.imc_core import ImcCoreSpec
from neuroloom.golden.imc.input_memory import Order
from neuroloom.golden.imc.memory_mapping import Mapping
from neuroloom.golden.ports import Traffic
from neuroloom.hdl.imc.imc_core import ImcCore
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.simulator import Simulator, simulate


def core(height: int, width: int, inputs: int, outputs: int, **others: Any) -> ImcCoreSpec:
    """Pixels of four bits, each sum exact."""
    processor = {"units": outputs, "residual": False, **others.pop("processor", {})}
    flow = {"kernel": 3, "padding": 1, "word_bits": 10, **others}
    return ImcCoreSpec(
        dataflow=DataflowControllerSpec(
            height=height, width=width, channels=inputs, bits=4, **flow
        ),
        processor=DigitalProcessorSpec(
            channels=outputs, sum_bits=12, scale_bits=6, offset_bits=8, shift=5, bits=4, **processor
        ),
    )


class Layer:
    """A core, its weights and its coefficients; ``expected`` by loops over products."""

    def __init__(self, spec: ImcCoreSpec, rng: np.random.Generator) -> None:
        self.spec = spec
        flow, outputs = spec.dataflow, spec.processor.channels
        self.weights = rng.integers(-3, 4, (flow.kernel, flow.kernel, flow.channels, outputs))
        self.scale = rng.integers(4, 16, outputs)
        self.offset = rng.integers(-64, 64, outputs)

    @property
    def load(self) -> Traffic:
        shape = (self.spec.processor.folds, self.spec.processor.units)
        return {
            "coefficients": {
                "scale": self.scale.reshape(shape),
                "offset": self.offset.reshape(shape),
            }
        }

    def traffic(self, images: np.ndarray, residuals: np.ndarray | None = None) -> Traffic:
        """Images (images, height, width, channels) and the sums of their patches."""
        pixels = {"values": self.scanned(images)}
        patches = self.spec.dataflow.model().run({"pixels": pixels})["patches"]["values"]
        sums = patches @ self.weights.reshape(-1, self.spec.processor.channels)
        given: Traffic = {"pixels": pixels, "sums": {"values": sums}}
        return (
            given
            if residuals is None
            else {**given, "residuals": {"values": self.scanned(residuals)}}
        )

    def scanned(self, images: np.ndarray) -> np.ndarray:
        by_row = self.spec.dataflow.order is Order.ROWS
        return (images if by_row else images.swapaxes(1, 2)).reshape(-1, images.shape[3])

    def expected(self, image: np.ndarray, residual: np.ndarray | None = None) -> np.ndarray:
        flow = self.spec.dataflow
        height, width, inputs = image.shape
        rows = (height + 2 * flow.padding - flow.kernel) // flow.stride + 1
        columns = (width + 2 * flow.padding - flow.kernel) // flow.stride + 1
        result = np.zeros((rows, columns, len(self.scale)), np.int64)
        for v, u, o in np.ndindex(result.shape):
            total = 0
            for dy, dx, i in np.ndindex(flow.kernel, flow.kernel, inputs):
                y, x = v * flow.stride - flow.padding + dy, u * flow.stride - flow.padding + dx
                if 0 <= y < height and 0 <= x < width:
                    total += int(image[y, x, i]) * int(self.weights[dy, dx, i, o])
            value = round((total * int(self.scale[o]) + int(self.offset[o])) / 32)
            value += 0 if residual is None else int(residual[v, u, o])
            result[v, u, o] = min(max(value, 0), 15)
        return result


@pytest.mark.parametrize("seed", range(effort(4, 20)))
def test_a_layer_is_a_convolution(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kernel = int(rng.choice([1, 3, 5]))
    height, width = (int(n) for n in rng.integers(kernel, 8, 2))
    layer = Layer(
        core(
            height,
            width,
            int(rng.integers(1, 5)),
            int(rng.integers(1, 5)),
            kernel=kernel,
            stride=int(rng.integers(1, 3)),
            padding=int(rng.integers(2)) if kernel > 1 else 0,
            mapping=list(Mapping)[seed % 3],
            order=list(Order)[seed % 2],
        ),
        rng,
    )
    image = rng.integers(0, 16, (height, width, layer.spec.dataflow.channels))
    found = layer.spec.model().run({**layer.traffic(image[np.newaxis]), **layer.load})
    expected = layer.scanned(layer.expected(image)[np.newaxis])
    assert found["results"]["values"].tolist() == expected.tolist(), f"seed {seed}"


def test_a_residual_block() -> None:
    """Two layers; the second adds the pixels that the first forwards."""
    rng = np.random.default_rng(3)
    first = Layer(core(6, 5, 3, 3, residual=True), rng)
    second = Layer(core(6, 5, 3, 3, processor={"residual": True}), rng)
    image = rng.integers(0, 16, (6, 5, 3))
    given = first.spec.model().run({**first.traffic(image[np.newaxis]), **first.load})
    middle = given["results"]["values"].reshape(5, 6, 3).swapaxes(0, 1)
    forwarded = given["forwarded"]["values"].reshape(5, 6, 3).swapaxes(0, 1)
    assert forwarded.tolist() == image.tolist()
    sent = second.traffic(middle[np.newaxis], forwarded[np.newaxis])
    found = second.spec.model().run({**sent, **second.load})["results"]["values"]
    expected = second.expected(first.expected(image), image)
    assert found.tolist() == second.scanned(expected[np.newaxis]).tolist()
    assert len(np.unique(found)) > 8


def crossbar_of(layer: Layer, images: np.ndarray, delay: int) -> tuple[list[int], list[int], int]:
    """The hardware with a crossbar that answers a patch after ``delay`` cycles: its results, the
    cycles in which they came, and the patches that were there at once.
    """
    spec = layer.spec
    streams = {each.name: each for each in spec.streams}
    pixels = [word for (word,) in streams["pixels"].pack({"values": layer.scanned(images)})]
    load = streams["coefficients"].pack(layer.load["coefficients"])
    found: list[int] = []
    cycles: list[int] = []
    most = 0

    async def run(sim: Simulator) -> None:
        nonlocal most
        waiting: list[tuple[int, int]] = []
        taken, loaded = 0, 0
        sim.set("patches_ready", 1)
        sim.set("results_ready", 1)
        for cycle in range(3000):
            offers = loaded < len(load)
            sim.set("coefficients_valid", offers)
            for name, value in zip(
                ("scale", "offset"), load[min(loaded, len(load) - 1)], strict=True
            ):
                sim.set(f"coefficients_{name}", value)
            sim.set("pixels_valid", taken < len(pixels))
            sim.set("pixels_values", pixels[min(taken, len(pixels) - 1)])
            due = bool(waiting) and waiting[0][0] <= cycle
            sim.set("sums_valid", due)
            sim.set("sums_values", waiting[0][1] if due else 0)
            await sim.settle()
            loaded += offers and bool(sim.get("coefficients_ready"))
            taken += taken < len(pixels) and bool(sim.get("pixels_ready"))
            if due and sim.get("sums_ready"):
                waiting.pop(0)
            if sim.get("patches_valid"):
                patch = streams["patches"].unpack([(sim.get("patches_values") or 0, 0)])["values"]
                sums = patch @ layer.weights.reshape(-1, spec.processor.channels)
                (word,) = streams["sums"].pack({"values": sums})[0]
                waiting.append((cycle + delay, word))
            most = max(most, len(waiting))
            if sim.get("results_valid"):
                found.append(sim.get("results_values") or 0)
                cycles.append(cycle)
            await sim.tick()

    simulate(FlatPorts(ImcCore(spec)), run)
    return found, cycles, most


@pytest.mark.parametrize("delay", [1, 9])
def test_the_hardware_with_a_crossbar_around_it(delay: int) -> None:
    """Two images, one behind the other, and never more patches in flight than there may be."""
    rng = np.random.default_rng(delay)
    layer = Layer(core(5, 4, 2, 3), rng)
    images = rng.integers(0, 16, (2, 5, 4, 2))
    found, _, most = crossbar_of(layer, images, delay)
    expected = np.concatenate([layer.scanned(layer.expected(each)[np.newaxis]) for each in images])
    results = layer.spec.streams[-1].unpack([(word,) for word in found])["values"]
    assert results.tolist() == expected.tolist()
    assert most == (layer.spec.in_flight if delay > 1 else 1)


def test_the_contract_of_a_core() -> None:
    """A slow processor sets the pace, a fast one the memory's reads."""
    fast = core(6, 6, 3, 4)
    slow = core(6, 6, 3, 4, processor={"units": 1}, word_bits=36)
    assert fast.contract.interval == fast.dataflow.contract.interval
    assert slow.contract.interval == 36 * 4
    assert slow.dataflow.contract.interval < 36 * 4


@pytest.mark.regression
@pytest.mark.parametrize(
    "simulated",
    [
        core(4, 5, 2, 4, processor={"units": 2}),
        core(5, 4, 3, 3, residual=True, processor={"partial": True}, mapping=Mapping.IWAP),
    ],
)
def test_in_verilog(simulated: ImcCoreSpec) -> None:
    assert verify(simulated, seeds=(1,)).passed
