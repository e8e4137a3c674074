"""When the tokens of images pass through the parts of a chain that never has to wait for room.

Each part is told the cycles in which an image's tokens come to it and says when those it makes of
them leave; it remembers until when it is busy with the images before.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from neuroloom.golden.bnn.window_schedule import READ_TO_TOKEN, WRITE_TO_READ
from neuroloom.golden.spec import Spec
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec

Cycles = NDArray[np.int64]

STEP_TO_RESULT = 3
"""Cycles from a layer's last step on a group to the delivery of the group's token."""
CLASS_STAGE = 1
"""Further cycles of the stage that finds the winning class."""
PASSED_ON = 1
"""Cycles that a token spends in an adapter, in a pool, and in an empty queue."""
ANY = np.iinfo(np.int64).min // 2
"""Ready at any time."""


class Paced:
    """Steps in order, one a cycle at most, each as soon as what it needs is ready."""

    def __init__(self) -> None:
        self._last = -1

    def __call__(self, ready: Cycles) -> Cycles:
        offsets = np.arange(len(ready))
        earliest = np.maximum(ready - offsets, self._last + 1)
        steps: Cycles = np.maximum.accumulate(earliest) + offsets
        self._last = int(steps[-1])
        return steps


class PartTiming(Protocol):
    def __call__(self, arrivals: Cycles) -> Cycles:
        """When the next image's tokens leave, those it is made of coming at ``arrivals``."""


class WindowTiming:
    def __init__(self, spec: SlidingWindowSpec) -> None:
        self._schedule = spec.schedule
        self._write, self._read = Paced(), Paced()

    def __call__(self, arrivals: Cycles) -> Cycles:
        runs = self._schedule.runs
        ready = np.full(self._schedule.reads, ANY)
        # tokens of a run are written one after the other: the last decides when the run is read
        ready[runs.last_read] = self._write(arrivals)[runs.last_token] + WRITE_TO_READ
        return self._read(ready) + READ_TO_TOKEN


class LayerTiming:
    def __init__(self, spec: BnnLayerSpec) -> None:
        self._spec = spec
        self._step = Paced()

    def __call__(self, arrivals: Cycles) -> Cycles:
        spec = self._spec
        first_pass = arrivals.reshape(-1, 1, spec.folds)
        ready = np.full((len(first_pass), spec.groups, spec.folds), ANY)
        ready[:, :1] = first_pass
        steps = self._step(ready.ravel()).reshape(ready.shape)
        results: Cycles = steps[:, :, -1] + STEP_TO_RESULT
        if spec.output is LayerOutput.CLASS:
            results = results[:, -1] + CLASS_STAGE
        return results.ravel()


class PoolTiming:
    def __init__(self, spec: MaxPoolSpec) -> None:
        self._spec = spec
        self._accept = Paced()

    def __call__(self, arrivals: Cycles) -> Cycles:
        spec = self._spec
        accepted = self._accept(arrivals).reshape(spec.height, spec.width, spec.folds)
        last = spec.kernel - 1
        whole = accepted[: spec.rows * spec.kernel, : spec.columns * spec.kernel]
        delivered: Cycles = whole[last :: spec.kernel, last :: spec.kernel] + PASSED_ON
        return delivered.ravel()


class LinkTiming:
    """A queue and an adapter, in either order."""

    def __init__(self, spec: WidthAdapterSpec) -> None:
        self._spec = spec
        self._leave = Paced()

    def __call__(self, arrivals: Cycles) -> Cycles:
        spec = self._spec
        frames = arrivals.reshape(-1, spec.input_tokens)
        part = np.arange(spec.output_tokens)
        if spec.output_lanes >= spec.input_lanes:
            ratio = spec.output_lanes // spec.input_lanes
            ready = frames[:, np.minimum((part + 1) * ratio, spec.input_tokens) - 1]
        else:
            ratio = spec.input_lanes // spec.output_lanes
            ready = np.where(part % ratio == 0, frames[:, part // ratio], ANY)
        return self._leave(ready.ravel() + PASSED_ON) + PASSED_ON


TIMINGS: dict[type[Spec], Callable[[Any], PartTiming]] = {
    SlidingWindowSpec: WindowTiming,
    BnnLayerSpec: LayerTiming,
    MaxPoolSpec: PoolTiming,
    WidthAdapterSpec: LinkTiming,
}
"""How each kind of part passes tokens on."""
