"""A run that an engine found, replayed in amaranth.sim: what the ports show, cycle by cycle."""

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amaranth.hdl import Fragment, Value
from amaranth.hdl._mem import MemoryData, MemoryInstance
from amaranth.sim import Simulator

from neuroloom.flows.formal.engine import Inputs
from neuroloom.flows.formal.model import Word
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.golden.ports import Field, port_name
from neuroloom.verif.formal import Claim, Proof

SHOWN_CYCLES = 16


@dataclass(frozen=True)
class Trace:
    """Values of every port, and of the free values of the properties, in every cycle."""

    values: dict[str, tuple[str, ...]]

    @property
    def cycles(self) -> int:
        return len(next(iter(self.values.values())))

    def last_cycles(self) -> tuple[range, list[tuple[str, ...]]]:
        """The cycles that fit on a page, and a row of each port: its name and its values."""
        shown = range(max(0, self.cycles - SHOWN_CYCLES), self.cycles)
        return shown, [(name, *row[shown.start :]) for name, row in self.values.items()]


def replay(proof: Proof, claim: Claim, run: Inputs, waves: Path | None = None) -> Trace:
    """The trace of ``run``, also as a VCD file ``waves``.

    ``proof`` must be fresh, not translated. ToolFailed when the monitor of ``claim`` is not high
    in the last cycle: the run then needs a register to start with another value than its own.
    Memories start with the words of the first cycle.
    """
    signals = _shown(proof)
    rows: dict[str, list[str]] = {name: [] for name in signals}
    happened: list[int] = []

    design = Fragment.get(proof.finished(), None)
    memories = _memories(design)

    async def testbench(context: Any) -> None:
        for word, value in run[0].items():
            if isinstance(word, Word) and word.memory in memories:
                context.set(Value.cast(memories[word.memory][word.address]).as_unsigned(), value)
        for inputs in run:
            for name, value in inputs.items():
                if not isinstance(name, Word):
                    context.set(Value.cast(proof.inputs[name]).as_unsigned(), value)
            for name, (value, field) in signals.items():
                rows[name].append(_text(context.get(value.as_unsigned()), field))
            happened.append(context.get(claim.monitor))
            await context.tick()

    engine = Simulator(design)
    engine.add_clock(1e-6)
    with engine.write_vcd(str(waves)) if waves is not None else nullcontext():
        engine.add_testbench(testbench)  # makes its coroutine, which is then run for certain
        engine.run()
    if not happened[-1]:
        raise ToolFailed(
            f"{claim.name}: the run that was found cannot be repeated in amaranth.sim; a register "
            "or memory output without a value after reset decides it"
        )
    return Trace({name: tuple(row) for name, row in rows.items()})


def _memories(design: Fragment, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], MemoryData]:
    """All memories by the names of the modules that they lie in and their own."""
    if isinstance(design, MemoryInstance):
        return {path: design._data}
    memories: dict[tuple[str, ...], MemoryData] = {}
    for part, name, _ in design.subfragments:
        memories |= _memories(part, (*path, name or ""))
    return memories


def _shown(proof: Proof) -> dict[str, tuple[Value, Field | None]]:
    shown: dict[str, tuple[Value, Field | None]] = {"rst": (proof.domain.rst, None)}
    for port in proof.component.spec.streams:
        interface = getattr(proof.component, port.name)
        for member in port.controls:
            shown[port_name(port, member)] = (getattr(interface, member), None)
        for field in port.fields:
            shown[port_name(port, field.name)] = Value.cast(interface.payload[field.name]), field
    for name, value in proof.inputs.items():
        if "." not in name and name != "rst":
            shown[name] = (value, None)
    return shown


def _text(value: int, field: Field | None) -> str:
    """A number; rows of bits in binary and rows of numbers in hexadecimal, lane 0 to the right."""
    if field is None or field.lanes is None:
        negative = field is not None and field.signed and value >> (field.bits - 1)
        return str(value - (1 << field.bits) if negative and field else value)
    if field.bits == 1:
        return f"{value:0{field.lanes}b}"
    return f"{value:0{-(-field.port_bits // 4)}x}"
