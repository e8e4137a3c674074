"""Programs words of a differential memory tile: complementary pulses, a read to verify, again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import Field as Parameter

from neuroloom.golden.contract import Ahead, Contract, Counts, Variation
from neuroloom.golden.devices.differential_array import Pulse
from neuroloom.golden.inventory import Inventory, counter, index_bits, register
from neuroloom.golden.ports import Field, Handshake, Integers, Stream, Tokens, Traffic
from neuroloom.golden.spec import Model, Spec

CHECK = 2
"""Cycles of a verifying read at least: the read is handed over, its word is taken."""


class RramProgramSpec(Spec):
    """Parameters of ``rram_program``. The defaults are those of the block of one kilobit.

    ``reads`` and ``words`` fit ``xnor_sense``, with all activations high; word lines of both are
    joined by OR, since no line is raised here during a read.
    """

    macro: ClassVar[str] = "rram_program"
    summary: ClassVar[str] = "forms and writes words of a differential memory tile and verifies"
    """forms and writes words of a differential memory tile by complementary pulses, verifies,
    tries again, reports failed cells
    """
    source: ClassVar[str] = (
        "two devices a bit programmed in a complementary fashion, Querlioz et al. 2019, section II"
    )

    rows: int = Parameter(default=32, ge=1, le=4096, description="rows of the array, word lines")
    columns: int = Parameter(default=32, ge=1, le=4096, description="columns, bits of a word")
    cells: int = Parameter(
        default=1, ge=1, le=4096, description="adjacent cells that a pulse goes to at most"
    )
    attempts: int = Parameter(
        default=4, ge=1, le=255, description="times that a cell is pulsed and verified at most"
    )
    set_cycles: int = Parameter(default=4, ge=1, le=4095, description="of a SET pulse [cycle]")
    reset_cycles: int = Parameter(default=4, ge=1, le=4095, description="of a RESET pulse [cycle]")
    form_cycles: int = Parameter(default=16, ge=1, le=4095, description="of a FORM pulse [cycle]")
    gap_cycles: int = Parameter(
        default=2,
        ge=1,
        le=4095,
        description="behind a pulse with all lines held, before they change [cycle]",
    )

    @property
    def row_bits(self) -> int:
        return max(1, index_bits(self.rows))

    @property
    def groups(self) -> int:
        """Pulses of a kind that a word takes."""
        return -(-self.columns // self.cells)

    @property
    def widths(self) -> dict[Pulse, int]:
        """Cycles of each kind of pulse."""
        return {
            Pulse.SET: self.set_cycles,
            Pulse.RESET: self.reset_cycles,
            Pulse.FORM: self.form_cycles,
        }

    @property
    def streams(self) -> tuple[Stream, ...]:
        row = Field("row", self.row_bits, "row of the array; one that is not there has no line")
        word = Field("bits", 1, "of column k in lane k", lanes=self.columns)
        unresolved = Field("unresolved", 1, "columns without a bit", lanes=self.columns)
        command = (
            row,
            word,
            Field("write", 1, "program the bits and verify; else read the word back"),
            Field("form", 1, "of a write: form both devices of a cell first"),
        )
        doc = "{} devices that get the pulse"
        pulse = (
            Field("rows", 1, "word lines, one of them up", lanes=self.rows),
            Field("left", 1, doc.format("left"), lanes=self.columns),
            Field("right", 1, doc.format("right"), lanes=self.columns),
            Field("kind", 2, "0 SET, 1 RESET, 2 FORM"),
        )
        status = (
            row,
            Field("bits", 1, "the word as it was read last", lanes=self.columns),
            Field("failed", 1, "columns that differ or do not resolve", lanes=self.columns),
            Field("attempts", index_bits(self.attempts + 1), "made; 0 for a read"),
        )
        return (
            Stream("command", "in", command, "words to write or to read"),
            Stream("words", "in", (word, unresolved), "the answers to the reads, in order"),
            Stream(
                "pulses",
                "out",
                pulse,
                "to the devices, for as long as the strobe is high",
                handshake=Handshake.STROBE,
                pulse=(min(self.widths.values()), self.gap_cycles + 1),
                widths=(self.set_cycles, self.reset_cycles, self.form_cycles),
                kind="kind",
            ),
            Stream("reads", "out", (row,), "rows to read"),
            Stream("status", "out", status, "one a command"),
        )

    @property
    def contract(self) -> Contract:
        """Cycles with reads that are taken at once and answered in the cycle after."""
        kinds = self.widths.values()
        slowest = self.groups * sum(1 + width + self.gap_cycles for width in kinds) + CHECK
        busy = self.attempts * slowest + 1
        return Contract(
            "command",
            {"command": 1, "words": self.attempts},
            {
                "pulses": self.attempts * self.groups * len(kinds),
                "reads": self.attempts,
                "status": 1,
            },
            latency=busy,
            interval=busy,
            start=self.gap_cycles,
            ahead=(Ahead("reads", "words", 1),),
            varies=f"a read takes {1 + CHECK} cycles; an attempt takes {CHECK} and, for each group "
            f"of {self.cells} cells and each kind of pulse, 1 and with cells left to program the "
            f"pulse and its gap of {self.gap_cycles}",
        )

    def variation(self, sent: Traffic, got: Traffic) -> Variation:
        written = RramProgramModel(self).written(sent)
        pulses = [[self.pulses(word, mask) for mask in word.passes] for word in written]
        busy = [
            1
            + sum(
                CHECK
                + len(word.kinds) * self.groups
                + sum(self.widths[kind] + self.gap_cycles for kind, _, _ in attempt)
                for attempt in attempts
            )
            if attempts
            else 1 + CHECK
            for word, attempts in zip(written, pulses, strict=True)
        ]
        number = [sum(len(attempt) for attempt in attempts) for attempts in pulses]
        produces = {"pulses": _counts(number), "reads": self._reads(written)}
        return Variation(_counts(busy), produces)

    def consumption(self, sent: Traffic) -> dict[str, Counts]:
        return {"words": self._reads(RramProgramModel(self).written(sent))}

    def _reads(self, written: list["Written"]) -> Counts:
        return _counts([max(1, len(word.passes)) for word in written])

    def pulses(self, written: "Written", pending: Integers) -> list["PulsedCells"]:
        """The pulses of one attempt at the cells of ``pending`` (columns,), in order: kind, left
        and right devices.
        """
        pulses: list[PulsedCells] = []
        group = np.arange(self.columns) // self.cells
        for kind in written.kinds:
            low = written.bits if kind is Pulse.SET else 1 - written.bits
            for place in range(self.groups):
                chosen = pending * (group == place)
                if chosen.any():
                    both = kind is Pulse.FORM
                    pulses.append((kind, chosen * (low | both), chosen * (1 - low | both)))
        return pulses

    @property
    def inventory(self) -> Inventory:
        columns = self.columns
        longest = max(*self.widths.values(), self.gap_cycles + 1)
        ring = register(self.groups if self.groups > 1 else 0)
        # of two word lines the upper one is the row itself
        lines = register(self.rows - (self.rows == 2))
        place = register(self.row_bits) + lines + Inventory(gates=3 * self.rows)
        driver = Inventory(xors=2, gates=10, multiplexers=1)
        word = register(2 * columns) + columns * driver
        width = Inventory(gates=2 * index_bits(longest))
        control = register(8) + Inventory(gates=24)
        return ring + place + word + counter(longest) + width + counter(self.attempts + 1) + control

    def model(self) -> "RramProgramModel":
        return RramProgramModel(self)


PulsedCells = tuple[Pulse, Integers, Integers]
Reader = Callable[["Written"], tuple[Integers, Integers]]


@dataclass
class Written:
    """A command and what became of it."""

    row: int
    bits: Integers
    """Bits to write (columns,)."""
    kinds: tuple[Pulse, ...]
    """Pulses of an attempt, in order; none for a read."""
    passes: list[Integers]
    """Cells (columns,) that each attempt was made at."""
    read: Integers
    failed: Integers


class RramProgramModel(Model[RramProgramSpec]):
    """Attempts at every word until it reads as it should.

    An attempt pulses the cells that have failed so far, at first all of them. In order: under
    ``form`` a FORM pulse to both devices; SET to the device that is low, left for a 1 and right for
    a 0; RESET to the other one. Each kind goes through the row group by group; a group without
    cells to program gets no pulse. Then the word is read: cells that differ or do not resolve have
    failed. After ``attempts`` the failed ones are reported. A read is one without pulses, in which
    only cells that do not resolve fail.
    """

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        written = self.written(traffic)
        used = sum(max(1, len(word.passes)) for word in written)
        there = len(traffic.get("words", {"bits": np.zeros(0)})["bits"])
        if used != there:
            raise ValueError(f"{len(written)} commands take {used} words; there are {there}")
        lines = np.eye(spec.rows, 1 << spec.row_bits, dtype=np.int64).T
        pulses = [
            (lines[word.row], left, right, int(kind))
            for word in written
            for pending in word.passes
            for kind, left, right in spec.pulses(word, pending)
        ]
        reads = [word.row for word in written for _ in range(max(1, len(word.passes)))]
        status = [(word.row, word.read, word.failed, len(word.passes)) for word in written]
        columns: list[list[Any]] = [pulses, [(row,) for row in reads], status]
        return {
            stream.name: {
                field.name: np.reshape(
                    np.array([token[place] for token in tokens], np.int64), field.shape(len(tokens))
                )
                for place, field in enumerate(stream.fields)
            }
            for stream, tokens in zip(spec.output_streams, columns, strict=True)
        }

    def written(self, sent: Traffic) -> list[Written]:
        """What becomes of the commands of ``sent`` with its words. ValueError without as many."""
        if "command" not in sent:
            return []
        words = sent["words"]
        answers = iter(zip(words["bits"], words["unresolved"], strict=True))

        def take(_: Written) -> tuple[Integers, Integers]:
            answer = next(answers, None)
            if answer is None:
                raise ValueError(
                    f"{len(sent['command']['row'])} commands take more words than the "
                    f"{len(words['bits'])} there are"
                )
            return answer

        return self.carried_out(sent["command"], take)

    def carried_out(self, commands: Tokens, read: Reader) -> list[Written]:
        """What becomes of ``commands`` where ``read`` gives bits and unresolved columns after each
        attempt; its last entry of ``passes`` has not been pulsed before.
        """
        fields = [commands[name].tolist() for name in ("row", "write", "form")]
        done = []
        for row, write, form, bits in zip(*fields, commands["bits"], strict=True):
            kinds = (Pulse.FORM,) * form + (Pulse.SET, Pulse.RESET) if write else ()
            wanted = np.asarray(bits, np.int64)
            failed = np.ones_like(wanted)
            word = Written(row, wanted, kinds, [], wanted, failed)
            while failed.any() and len(word.passes) < self.spec.attempts:
                if write:
                    word.passes.append(failed)
                got, unresolved = (np.asarray(answer, np.int64) for answer in read(word))
                failed = unresolved | (got ^ wanted if write else 0)
                word.read, word.failed = got, failed
                if not write:
                    break
            done.append(word)
        return done


def _counts(values: list[int]) -> Counts:
    return np.array(values, np.int64)
