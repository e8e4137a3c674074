"""Images through the hardware of a network of cores, in Verilator."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neuroloom.flows.mapping.imc.assemble import CoreSystem
from neuroloom.flows.networks.inference import Pixels
from neuroloom.flows.simulation.bulk.build import build
from neuroloom.flows.simulation.bulk.run import Pace, RunPhase, run
from neuroloom.flows.tools.errors import ToolFailed, UsageError
from neuroloom.golden.contract import Cycles
from neuroloom.golden.imc.input_memory import Order
from neuroloom.golden.ports import Integers
from neuroloom.golden.systems.digest import digests
from neuroloom.golden.systems.network_node import IMAGE


@dataclass(frozen=True, eq=False)
class SystemRun:
    """What came of the images. Cycles count from the one that offers the first pixel."""

    system: CoreSystem
    scores: Integers
    """(images, pixels of the last layer times its channels), signed."""
    taken: Cycles
    """Cycle of every pixel of the images."""
    delivered: Cycles
    """Cycle of every result."""
    activity: Cycles
    """Cycles in which a node delivers; none where the network is not observed."""
    nodes: NDArray[np.int64]
    """(cycles, nodes): which ones do."""
    digests: NDArray[np.int64]
    """(cycles, nodes): digests of what they hold then, delivered or not."""
    stalls: int
    """Cycles in which a pixel of the image was offered and not taken."""
    seconds: float
    """Time of the simulation loop [s]."""

    @cached_property
    def finished(self) -> Cycles:
        """Cycle of each image's last result."""
        results = self.system.spec.last.results
        return self.delivered[results - 1 :: results]

    @property
    def latency(self) -> float:
        """Time from the first pixel of the first image to its last result [timestep]."""
        return float(self.finished[0] + 1) / self.system.style.timestep

    def deliveries(self, layer: str) -> Cycles:
        """Cycle of every pixel of a layer; where several nodes give it, of the last part.

        KeyError for a layer that the network does not have.
        """
        latest: Cycles = np.max([self.given(node) for node in self.system.nodes[layer]], axis=0)
        return latest

    def given(self, node: str) -> Cycles:
        """Cycle of every result of a node; of every pixel that is taken, for the image."""
        if node == IMAGE:
            return self.taken
        names = [node.name for node in self.system.spec.nodes]
        delivers: NDArray[np.bool_] = self.nodes[:, names.index(node)] == 1
        cycles: Cycles = self.activity[delivers]
        return cycles

    def differing(self, layer: str, pixels: Integers, begin: int = 0) -> Integers:
        """Numbers of a layer's pixels, in the order in which they come, that are not ``pixels``
        (images, height, width, channels), those of the images from ``begin`` on.

        They are told by their digests, node by node: an error in one channel is always seen.
        """
        by_row = self.system.style.order is Order.ROWS
        scanned = pixels if by_row else pixels.swapaxes(1, 2)
        tokens = scanned.reshape(-1, pixels.shape[-1])
        wrong = np.zeros(len(tokens), np.bool_)
        first = 0
        for name in self.system.nodes[layer]:
            channels = self.system.spec.by_name[name].result.lanes or 1
            number = self.system.spec.numbers[name]
            each = len(tokens) // len(pixels)
            found = self.digests[self.nodes[:, number] == 1, number][begin * each :][: len(tokens)]
            if len(found) != len(tokens):
                return np.arange(len(tokens))
            wrong |= found != digests(tokens[:, first : first + channels])
            first += channels
        return np.flatnonzero(wrong)

    def lag(self, name: str) -> int:
        """Cycles from when the last pixel that a patch needs is given, and those that are computed
        with it, to the last result of the patch: the median of the first image.
        """
        node, burst = self.system.spec.by_name[name], self.system.burst
        arrived = []
        for tap in node.sources:
            given = self.given(tap.node)
            ends: Integers = np.arange(len(given)) // burst * burst + burst - 1
            if tap.node != IMAGE:
                ends = self.system.spec.by_name[tap.node].patch_ends
            arrived.append(given[ends[: node.pixels]])
        last, needed = np.unique(node.patch_ends), node.needed
        last = last[needed[last] <= node.pixels]
        return int(np.median(self.given(name)[last] - np.max(arrived, axis=0)[needed[last] - 1]))


def simulate(
    system: CoreSystem,
    images: Pixels,
    offer: float = 1.0,
    accept: float = 1.0,
    seed: int = 1,
    beat: bool = True,
) -> SystemRun:
    """Images (count, height, width, channels) one behind the other through all cores.

    As many pixels as the first layer computes at once are offered each timestep or, without
    ``beat``, whenever there is room; ``offer`` and ``accept`` are probabilities in each cycle.

    UsageError for images of another shape; ToolFailed when the network stops.
    """
    spec, style = system.spec, system.style
    shape = system.network.network.wired[0].given
    if images.dtype != np.uint8 or images.shape[1:] != shape or not len(images):
        raise UsageError(
            f"images of shape {images.shape} in {images.dtype} are not some of {shape} in uint8"
        )
    made = _made(system, style.order)
    scanned = images if style.order is Order.ROWS else images.swapaxes(1, 2)
    pixels = scanned.reshape(-1, shape.channels).astype(np.int64)
    results = len(images) * spec.last.results
    expected = {"values": np.zeros((results, made[2]), np.int64)}
    period = style.timestep if beat else None
    pace = Pace(offer, accept, seed=seed, beat=period, burst=system.burst)
    program = build(spec, verilog=system.simulated)
    work = RunPhase({"pixels": {"values": pixels}}, {"results": expected})
    # another result would have come by the end of another image
    done = run(program, work, pace=pace, record=True, drain=spec.contract.interval)
    given = done.outputs["work"]["results"]["values"]
    if not done.phases["work"].finished or len(given) != results:
        raise ToolFailed(
            f"{system.network.network.name} stopped after {len(given)} of {results} results"
        )
    pixels_made = given.reshape(len(images), *made)
    if style.order is Order.COLUMNS:
        pixels_made = pixels_made.swapaxes(1, 2)
    observed = "activity" in done.handovers
    nothing = np.zeros((0, 0), np.int64)
    activity = done.outputs["work"]["activity"] if observed else {}
    return SystemRun(
        system,
        pixels_made.reshape(len(images), -1),
        done.handovers["pixels"].astype(np.int64),
        done.handovers["results"].astype(np.int64),
        done.handovers.get("activity", np.zeros(0)).astype(np.int64),
        np.asarray(activity.get("nodes", nothing), np.int64),
        np.asarray(activity.get("digests", nothing), np.int64),
        done.phases["work"].streams["pixels"].stalls,
        done.seconds,
    )


def _made(system: CoreSystem, order: Order) -> tuple[int, int, int]:
    """Lines, their pixels and channels of the last layer."""
    made = system.network.network.wired[-1].made
    by_row = order is Order.ROWS
    lines = (made.height, made.width) if by_row else (made.width, made.height)
    return *lines, made.channels
