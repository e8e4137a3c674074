"""Rising edges of lines, held until they are served as addresses."""

from typing import ClassVar

import numpy as np
from pydantic import Field as Parameter

from neuroloom.golden.contract import ALL, Contract
from neuroloom.golden.events.aer_encoder import ServingOrder
from neuroloom.golden.events.arbiter import encoder, round_robin
from neuroloom.golden.formats import unsigned_bits
from neuroloom.golden.inventory import Inventory, register, stream_output
from neuroloom.golden.ports import Field, Integers, Losses, Stream, Traffic
from neuroloom.golden.spec import Model, Spec


class SpikeRegisterSpec(Spec):
    """Parameters of ``spike_register``."""

    macro: ClassVar[str] = "spike_register"
    summary: ClassVar[str] = "rising edges of lines held and served as addresses, one a cycle"
    """rising edges of up to 1,024 lines, synchronized, held and served as addresses; edges that
    merge are flagged
    """
    source: ClassVar[str] = "edge detectors and spike register of µBrain, Stuijt et al. 2021"

    lines: int = Parameter(default=64, ge=1, le=1024, description="lines")
    synchronizer: int = Parameter(
        default=2,
        ge=0,
        le=4,
        description="flip-flops between a line and what reads it; 0 for lines of the same clock",
    )
    order: ServingOrder = Parameter(
        default=ServingOrder.ROUND_ROBIN, description="which of the lines held goes first"
    )

    @property
    def address_bits(self) -> int:
        return unsigned_bits(self.lines - 1)

    @property
    def streams(self) -> tuple[Stream, ...]:
        lines = Field("lines", 1, "level of each line", lanes=self.lines)
        address = Field("address", self.address_bits, "line that rose")
        merged = Field("merged", 1, "it rose again before this was served, once or more")
        return (
            Stream("samples", "in", (lines,), "levels, one sample a token; never has to wait"),
            Stream(
                "spikes",
                "out",
                (address, merged),
                "lines that rose",
                flow=("address",),
                losses=Losses("merged", "by the one in the way"),
            ),
        )

    @property
    def contract(self) -> Contract:
        """Latency counts from the sample before the edge, in which the line is low."""
        return Contract(
            "edge",
            {"samples": 1},
            {"spikes": 1},
            latency=self.synchronizer + 3,
            interval=1 if self.lines > 1 else 2,
            contention="the output: lines that rise together leave one after the other",
            loss="a line that rises again before its spike has left gives no second one, and the "
            "spike says so",
            room={"samples": ALL},
        )

    @property
    def inventory(self) -> Inventory:
        lines = self.lines
        edges = register((self.synchronizer + 1) * lines) + Inventory(gates=lines)
        held = register(2 * lines) + Inventory(gates=6 * lines)
        choice = Inventory(gates=3 * (lines - 1))
        if self.order is ServingOrder.ROUND_ROBIN:
            choice = round_robin(lines)
        told = Inventory(gates=2 * lines)
        width = (self.address_bits if lines > 1 else 0) + 1
        return edges + held + choice + encoder(lines) + told + stream_output(width)

    def model(self) -> "SpikeRegisterModel":
        return SpikeRegisterModel(self)


class SpikeRegisterModel(Model[SpikeRegisterSpec]):
    """Every rising edge once, where no line rises again before its spike has left: so it is if
    spikes are accepted at once and no line rises twice within ``lines`` samples.

    A line that is high at reset does not rise. What is behind the synchronizer's ``synchronizer``
    last samples comes with the samples that follow them.
    """

    def __init__(self, spec: SpikeRegisterSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._before = np.ones((self.spec.synchronizer + 1, self.spec.lines), np.int64)
        """The samples that are in the synchronizer, and the one before them."""

    def run(self, traffic: Traffic) -> Traffic:
        samples = np.asarray(traffic["samples"]["lines"], np.int64)
        levels = np.concatenate([self._before, samples])
        number = len(samples)
        address: Integers = np.nonzero(levels[1 : number + 1] > levels[:number])[1]
        self._before = levels[number:]
        return {"spikes": {"address": address, "merged": np.zeros_like(address)}}
