"""A proof as and-inverter graph with one output a claim, made by yosys."""

import re
from dataclasses import dataclass
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import Cat, Signal
from amaranth.hdl._ir import PortDirection

from neuroloom.flows.designs.yosys import run_passes
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.flows.tools.process import ToolLimit
from neuroloom.hdl.memory_contents import WRITTEN_FIRST
from neuroloom.verif.formal import Proof

TRANSLATION_SECONDS = ToolLimit(300.0)
# registers keep neither enables nor resets of their own: the graph has none
PASSES = (
    "read_rtlil proof.il",
    "hierarchy -check -top proof",
    "proc",
    "flatten",
    "opt -nodffe -nosdff",
    # hardware starts with anything in the memories that are written first; optimisations would take
    # what suits them, so that there are none before it is free in name
    "memory_dff",
    "memory_collect",
    f"setparam -set INIT 1'x t:$mem_v2 a:{WRITTEN_FIRST} %i",
    "memory_map",
    "async2sync",
    "dffunmap",
    "formalff -clk2ff -ff2anyinit",
    "opt -nodffe -nosdff",
    "setundef -undriven -zero",
    "techmap",
    "opt -fast -nodffe -nosdff",
    "aigmap",
    "opt_clean",
    "write_aiger -zinit -map proof.map proof.aig",
)
MEMORY = re.compile(r"^\s*memory .*\\(\S+)$", re.MULTILINE)
WORD = re.compile(r"(.+)\[(\d+)\]")


@dataclass(frozen=True)
class Word:
    """A word of a memory, by the names of the modules that it lies in and its own."""

    memory: tuple[str, ...]
    address: int


@dataclass(frozen=True)
class Graph:
    """The file of the graph, and which bits go in and come out."""

    file: Path
    inputs: tuple[tuple[str | Word, int] | None, ...]
    """Name in ``Proof.inputs`` and bit of each input of the graph, or the word of a memory that has
    any value before the first cycle, and bit; None for others."""
    outputs: dict[str, int]
    """Place among the outputs of each claim's monitor."""
    lemmas: int | None
    """Place of the output that is high when any lemma is violated; None without lemmas."""
    together: dict[str, int]
    """Place of the output that is high when the property or any lemma is violated."""
    steps: dict[str, int]
    """How many cycles induction takes for granted for each claim."""


def translate(proof: Proof, folder: Path) -> Graph:
    """Write the graph of ``proof`` into ``folder``. ToolFailed with yosys' words if it refuses."""
    claims = [*proof.properties, *proof.covers]
    names = {f"input_{index}": name for index, name in enumerate(proof.inputs)}
    module = proof.finished()
    wanted = [claim.monitor for claim in claims]
    if proof.lemmas:
        lemmas = Cat(claim.monitor for claim in proof.lemmas).any()
        wanted += [lemmas, *(claim.monitor | lemmas for claim in proof.properties)]
    monitors = Signal(len(wanted))
    module.d.comb += monitors.eq(Cat(wanted))
    ports = {"clk": (proof.domain.clk, PortDirection.Input)}
    ports |= {port: (proof.inputs[name], PortDirection.Input) for port, name in names.items()}
    ports["monitors"] = (monitors, PortDirection.Output)
    text = rtlil.convert(module, name="proof", ports=ports, emit_src=False)
    (folder / "proof.il").write_text(text)
    memories = set(MEMORY.findall(text))
    run_passes(folder, PASSES, seconds=TRANSLATION_SECONDS)
    inputs: dict[int, tuple[str | Word, int] | None] = {}
    for line in (folder / "proof.map").read_text().splitlines():
        kind, place, *what = line.split(maxsplit=3)
        if kind == "input":
            bit, port = what
            inputs[int(place)] = (names[port], int(bit)) if port in names else None
        elif kind == "init":  # the free first value of what has none; it may have several names
            bit, name = what
            inputs.setdefault(int(place), None)
            word = WORD.fullmatch(name)
            path = tuple(word[1].split(".")) if word else ()
            if word and path[-1] in memories:  # a row of registers has such names as well
                inputs[int(place)] = (Word(path, int(word[2])), int(bit))
    file = folder / "proof.aig"
    # constant monitors are outputs without a line in the map, so that places are counted
    with file.open("rb") as graph:
        outputs = int(graph.readline().split()[4])
    if outputs != len(wanted):
        raise ToolFailed(f"yosys made {outputs} outputs of {len(wanted)} monitors")
    places = {claim.name: place for place, claim in enumerate(claims)}
    steps = {claim.name: claim.steps for claim in claims}
    bits = tuple(inputs[place] for place in sorted(inputs))
    if not proof.lemmas:
        return Graph(file, bits, places, None, {}, steps)
    together = {claim.name: len(claims) + 1 + place for place, claim in enumerate(proof.properties)}
    return Graph(file, bits, places, len(claims), together, steps)
