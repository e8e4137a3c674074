"""Nodes of a network of in-memory-computing cores, and what they take from each other."""

from collections.abc import Iterator
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Parameter

from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.imc_core import ImcCoreSpec
from neuroloom.golden.imc.pixel_pool import PixelPoolSpec
from neuroloom.golden.ports import Field, Integers, Tokens
from neuroloom.golden.spec import Spec

Output = tuple[str, bool]
"""Pixels of the node of that name: its results, or those that it forwards."""
IMAGE = ""
"""Stands for the image where nodes are named."""


class _NodePart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tap(_NodePart):
    """Some channels of the pixels of a node, or of the image."""

    node: str = Parameter(default=IMAGE, description="name of the node; empty for the image")
    first: int = Parameter(default=0, ge=0, description="first channel")
    channels: int = Parameter(default=1, ge=1, description="number of channels")
    forwarded: bool = Parameter(
        default=False, description="of the pixels that the node forwards, not of its results"
    )

    @property
    def output(self) -> Output:
        """Node whose pixels these are, and whether it forwards them."""
        return self.node, self.forwarded


class Node(_NodePart):
    """A core with its crossbar and what is loaded into both, or a pool.

    With ``core`` sums become pixels. Without it the sums themselves are the results, for a node
    that adds them (Eq. 5). A pool takes the patches of its ``dataflow``, or pixels one by one.
    """

    name: str = Parameter(min_length=1, max_length=40, description="unlike that of other nodes")
    sources: tuple[Tap, ...] = Parameter(min_length=1, description="channels side by side")
    core: ImcCoreSpec | None = Parameter(default=None, description="pixels to pixels")
    dataflow: DataflowControllerSpec | None = Parameter(
        default=None, description="pixels to patches where there is no core"
    )
    crossbar: CrossbarSpec | None = Parameter(default=None, description="patches to sums")
    pool: PixelPoolSpec | None = Parameter(default=None, description="pixels to fewer pixels")
    partial: str = Parameter(default="", description="node whose sums are added")
    residual: tuple[Tap, ...] = Parameter(default=(), description="pixels that are added")
    weights: tuple[int, ...] = Parameter(
        default=(), description="of the crossbar's kernel: column after column, rows in order"
    )
    scale: tuple[int, ...] = Parameter(default=(), description="of each channel")
    offset: tuple[int, ...] = Parameter(default=(), description="of each channel")

    @model_validator(mode="after")
    def _check(self) -> Self:
        flow = self.flow
        if (self.crossbar is None) is (self.pool is None):
            raise ValueError(f"node {self.name!r} has either a crossbar or a pool")
        if self.crossbar is not None:
            if flow is None:
                raise ValueError(f"node {self.name!r} has a crossbar and no dataflow")
            self._check_crossbar(flow, self.crossbar)
        if self.core is not None:
            self._check_core(self.core)
        elif self.partial or self.residual:
            raise ValueError(f"node {self.name!r} has no core that would add anything")
        channels = sum(tap.channels for tap in self.sources)
        if channels != self.input_channels:
            raise ValueError(
                f"node {self.name!r} takes {self.input_channels} channels, its sources have "
                f"{channels}"
            )
        return self

    def _check_crossbar(self, flow: DataflowControllerSpec, crossbar: CrossbarSpec) -> None:
        offered = flow.patch_rows, flow.bits, flow.parallel, flow.counted
        wanted = crossbar.lanes, crossbar.input_bits, crossbar.windows, crossbar.counted
        if offered != wanted:
            raise ValueError(
                f"node {self.name!r}: patches of {offered[0]} inputs of {offered[1]} bits for "
                f"{offered[2]} windows do not fit a crossbar for {wanted[0]} inputs of {wanted[1]} "
                f"bits and {wanted[2]} windows"
            )
        if len(self.weights) != crossbar.rows * crossbar.columns:
            raise ValueError(
                f"node {self.name!r} has {len(self.weights)} weights, its crossbar takes "
                f"{crossbar.rows}·{crossbar.columns}"
            )

    def _check_core(self, core: ImcCoreSpec) -> None:
        if self.dataflow is not None or self.crossbar is None:
            raise ValueError(f"node {self.name!r}: a core comes with a crossbar and nothing else")
        work = core.processor
        if (work.channels, work.sum_bits) != (self.crossbar.columns, self.crossbar.sum_bits):
            raise ValueError(
                f"node {self.name!r}: {self.crossbar.columns} sums of {self.crossbar.sum_bits} "
                f"bits do not fit a processor of {work.channels} sums of {work.sum_bits} bits"
            )
        if (work.partial, work.residual) != (bool(self.partial), bool(self.residual)):
            raise ValueError(
                f"node {self.name!r}: its processor adds what is not there, or not what is"
            )
        if not len(self.scale) == len(self.offset) == work.channels:
            raise ValueError(
                f"node {self.name!r} has {len(self.scale)} scales and {len(self.offset)} offsets "
                f"for {work.channels} channels"
            )

    @property
    def parts(self) -> dict[str, Spec]:
        """What there is of core, dataflow (``flow``), crossbar and pool; the first takes pixels."""
        every: dict[str, Spec | None] = {
            "core": self.core,
            "flow": self.dataflow,
            "crossbar": self.crossbar,
            "pool": self.pool,
        }
        return {kind: part for kind, part in every.items() if part is not None}

    @property
    def loads(self) -> Iterator[tuple[str, str, Tokens]]:
        """What is loaded once: part, stream and tokens."""
        if self.crossbar is not None:
            array = self.crossbar
            columns = np.array(self.weights).reshape(array.folds, array.units * array.rows)
            yield "crossbar", "weights", {"values": np.tile(columns, array.kernels)}
        if self.core is not None:
            work = self.core.processor
            rows = work.folds, work.units
            scale, offset = np.array(self.scale), np.array(self.offset)
            coefficients = {"scale": scale.reshape(rows), "offset": offset.reshape(rows)}
            yield "core", "coefficients", coefficients

    @property
    def flow(self) -> DataflowControllerSpec | None:
        """What makes patches, in the core or by itself."""
        return self.core.dataflow if self.core is not None else self.dataflow

    @property
    def _taking(self) -> DataflowControllerSpec | PixelPoolSpec:
        taking = self.flow or self.pool
        assert taking is not None
        return taking

    @property
    def input_channels(self) -> int:
        return self._taking.channels

    @property
    def input_bits(self) -> int:
        """Bits of a channel."""
        return self._taking.bits

    @property
    def pixels(self) -> int:
        """Pixels of an image that it takes."""
        return self.flow.schedule.pixels if self.flow is not None else self.needed[-1]

    @property
    def forwards(self) -> bool:
        """Whether it gives the pixels of its input on."""
        return self.flow is not None and self.flow.residual

    @property
    def result(self) -> Field:
        """Field of the tokens that leave."""
        if self.core is not None:
            return self.core.processor.streams[-1].fields[0]
        last = self.crossbar or self.pool
        assert last is not None
        return last.streams[-1].fields[0]

    @property
    def results(self) -> int:
        """Results of an image."""
        return len(self.patch_ends)

    @property
    def needed(self) -> Integers:
        """Pixels that each result of an image needs, those before them included (results,).

        More than there are where the last ones are padding: as many as would have come by then.
        """
        flow, pool = self.flow, self.pool
        if flow is None:
            assert pool is not None
            return np.array([pool.tokens])
        pixels: Integers = self.forwarding[self.patch_ends]
        return pixels

    @property
    def patch_ends(self) -> Integers:
        """Number of the last result of its patch, from 0, for every result of an image."""
        flow = self.flow
        if flow is None:
            return np.array([0])
        ends = np.array(flow.first_windows) + flow.parallel - 1
        sizes = [flow.parallel] * (len(ends) - 1) + [flow.tail]
        lines = np.arange(flow.schedule.windows_across)[:, np.newaxis]
        patch_ends: Integers = ends.repeat(sizes) + lines * flow.schedule.windows_along
        return patch_ends.reshape(-1)

    @property
    def forwarding(self) -> Integers:
        """The same for every pixel that is forwarded."""
        flow = self.flow
        assert flow is not None
        schedule = flow.schedule
        across = np.arange(schedule.windows_across)[:, np.newaxis]
        along = np.arange(schedule.windows_along)
        corner = flow.kernel - 1 - flow.padding
        line, row = across * flow.stride + corner, along * flow.stride + corner
        return (line * schedule.length + row + 1).reshape(-1)
