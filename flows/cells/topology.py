"""The predictive library's cells as transistor networks."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from neuroloom.flows.cells.networks import (
    PullStage,
    TransistorNetwork,
    functions,
    parallel,
    series,
    signals,
)

FIRST_STAGE = 4
"""A stage in front of the output has a finger for every four of the output's (fan-out of 4)."""


@dataclass(frozen=True)
class CellTopology:
    """Stages in the order of the signal; the last one drives the output."""

    name: str
    stages: tuple[PullStage, ...]
    drives: tuple[int, ...]
    clock: str = ""
    """The clock pin of a flip-flop whose data pin is ``D``."""

    @property
    def output(self) -> str:
        return self.stages[-1].output

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        internal = {stage.output for stage in self.stages}
        names = (
            name
            for stage in self.stages
            for network in (stage.pull_down, stage.pull_up)
            for name in signals(network)
        )
        return tuple(dict.fromkeys(name for name in names if name not in internal))

    @property
    def function(self) -> str:
        """Liberty expression of the output of a cell without state."""
        return functions(self.stages)[self.output]

    def fingers(self, stage: PullStage, drive: int) -> int:
        return drive if stage is self.stages[-1] else -(-drive // FIRST_STAGE)

    def columns(self, drive: int) -> int:
        """Gate lines."""
        return sum(stage.columns * self.fingers(stage, drive) for stage in self.stages)

    @property
    def strips(self) -> int:
        """Pieces of diffusion.

        Stages stand next to each other on one piece, sharing rail contacts. A signal that gates k
        stages wants its gate lines in k places, which takes k - 1 breaks. It counts together with
        its inverse; a line over N or P transistors alone, as of a clock phase, counts half.
        """
        origin: dict[str, str] = {}
        halves: Counter[str] = Counter()
        for stage in self.stages:
            if isinstance(stage.pull_down, str):
                origin[stage.output] = origin.get(stage.pull_down, stage.pull_down)
                continue
            for gates in (stage.n_gates, stage.p_gates):
                halves.update(origin.get(signal, signal) for signal in gates)
        return max(1, -(-max(halves.values(), default=0) // 2))


def _gate(name: str, pull_down: TransistorNetwork, *drives: int) -> CellTopology:
    return CellTopology(name, (PullStage("Y", pull_down),), drives)


def _buffered(name: str, pull_down: TransistorNetwork, *drives: int) -> CellTopology:
    return CellTopology(name, (PullStage("n", pull_down), PullStage("Y", "n")), drives)


def _flip_flop() -> tuple[PullStage, ...]:
    """Master and slave of clocked inverters, each with its keeper; 26 transistors."""
    return (
        PullStage("cn", "CLK"),
        PullStage("c", "cn"),
        PullStage("m", series("cn", "D"), series("c", "D")),
        PullStage("mi", "m"),
        PullStage("m", series("c", "mi"), series("cn", "mi"), keeper=True),
        PullStage("s", series("c", "mi"), series("cn", "mi")),
        PullStage("si", "s"),
        PullStage("s", series("cn", "si"), series("c", "si"), keeper=True),
        PullStage("Q", "s"),
    )


A, B, C, D = "ABCD"
AB, CD = series(A, B), series(C, D)
A_B, C_D = parallel(A, B), parallel(C, D)
SELECT = parallel(series("B", "S"), series("A", "sn"))
MAJORITY = parallel(series(A, B), series(C, parallel(A, B)))

CELLS: tuple[CellTopology, ...] = (
    _gate("inv", A, 1, 2, 4, 8),
    _buffered("buf", A, 1, 2, 4, 8),
    _gate("nand2", AB, 1, 2, 4),
    _gate("nand3", series(A, B, C), 1, 2),
    _gate("nand4", series(A, B, C, D), 1, 2),
    _gate("nor2", A_B, 1, 2, 4),
    _gate("nor3", parallel(A, B, C), 1, 2),
    _gate("nor4", parallel(A, B, C, D), 1, 2),
    _buffered("and2", AB, 1, 2, 4),
    _buffered("and3", series(A, B, C), 1, 2, 4),
    _buffered("and4", series(A, B, C, D), 1, 2),
    _buffered("or2", A_B, 1, 2, 4),
    _buffered("or3", parallel(A, B, C), 1, 2, 4),
    _buffered("or4", parallel(A, B, C, D), 1, 2),
    CellTopology("nand2b", (PullStage("an", A), PullStage("Y", series("an", B))), (1, 2)),
    CellTopology("nor2b", (PullStage("an", A), PullStage("Y", parallel("an", B))), (1, 2)),
    _gate("aoi21", parallel(AB, C), 1, 2, 4),
    _gate("oai21", series(A_B, C), 1, 2, 4),
    _gate("aoi22", parallel(AB, CD), 1, 2),
    _gate("oai22", series(A_B, C_D), 1, 2),
    _gate("aoi31", parallel(series(A, B, C), D), 1, 2),
    _gate("oai31", series(parallel(A, B, C), D), 1, 2),
    _gate("aoi211", parallel(AB, C, D), 1, 2),
    _gate("oai211", series(A_B, C, D), 1, 2),
    _gate("aoi221", parallel(AB, CD, "E"), 1),
    _gate("oai221", series(A_B, C_D, "E"), 1),
    _buffered("ao21", parallel(AB, C), 1, 2),
    _buffered("oa21", series(A_B, C), 1, 2),
    _buffered("ao22", parallel(AB, CD), 1, 2),
    _buffered("oa22", series(A_B, C_D), 1, 2),
    CellTopology("xor2", (PullStage("n", A_B), PullStage("Y", parallel(AB, "n"))), (1, 2)),
    CellTopology("xnor2", (PullStage("n", AB), PullStage("Y", series(A_B, "n"))), (1, 2)),
    CellTopology(
        "mux2", (PullStage("sn", "S"), PullStage("n", SELECT), PullStage("Y", "n")), (1, 2, 4)
    ),
    CellTopology("muxi2", (PullStage("sn", "S"), PullStage("Y", SELECT)), (1, 2)),
    _buffered("maj3", MAJORITY, 1, 2),
    _gate("maji3", MAJORITY, 1),
    CellTopology("dff", _flip_flop(), (1, 2, 4), clock="CLK"),
)
