"""Mutants of a netlist: one bit stuck or inverted somewhere in the elaborated design.

yosys puts them all into one design, of which a control input chooses one: one build serves all.
"""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from neuroloom.flows.designs.yosys import OWN_TEXT, run_passes
from neuroloom.flows.mutation.proof import CHANGED, RIGHT, same
from neuroloom.flows.mutation.trial import Verdict
from neuroloom.flows.simulation.job import BenchJob, BenchOutcome
from neuroloom.flows.simulation.names import TIME_LIMIT, SimulatorName
from neuroloom.flows.tools import started
from neuroloom.flows.tools.errors import ToolFailed, VerificationFailed
from neuroloom.flows.tools.owned import scratch_folder
from neuroloom.flows.verify import Runner
from neuroloom.flows.verilog.emitted import emitted_verilog
from neuroloom.golden.spec import Spec

NETS = 60
"""Mutants of a netlist, unless the caller says otherwise."""
CHOICE, CHOICE_BITS = "neuroloom_mutant", 16
"""The control input; 0 chooses none."""
FLATTENED = (
    OWN_TEXT,
    "hierarchy -check -top {top}",
    "proc",
    "flatten",
    "opt_clean",
    "memory_collect",
)
OPTION = re.compile(r"-(\w+) (\S+)")
KIND = re.compile(r"\$([a-z_]+)\$(?:design\.v:\d+\$)?\d+$")
"""Kind of a cell, in the name that yosys gives it."""
SOURCE = re.compile(r"design\.v:(\d+)")
MODES = {
    "inv": "inverted",
    "const0": "always 0",
    "const1": "always 1",
    "cnot0": "inverted while {other} is 0",
    "cnot1": "inverted while {other} is 1",
}
LONGER, SPARE_SECONDS = 6.0, 20.0
"""A run hangs when it takes so many times as long as without a mutant, and so much more."""


@dataclass(frozen=True)
class NetlistMutant:
    """A bit at a port of a cell that is not what it should be."""

    name: str
    """The pass of yosys, without its control input."""
    where: str
    """Line of the Verilog that the cell comes from."""
    text: str
    before: str
    """The bit."""
    after: str
    """What it is instead."""

    kind = "netlist"
    operator = "net"


@dataclass(frozen=True)
class Mutated:
    """A design with all of its mutants, to be chosen by ``CHOICE`` from 1."""

    spec: Spec
    verilog: str
    flat: str
    """RTLIL of the design without a mutant."""
    mutants: tuple[NetlistMutant, ...]


def mutated(spec: Spec, number: int = NETS, seed: int = 1) -> Mutated:
    """The Verilog of ``spec`` with so many mutants, of which ``seed`` says which."""
    control = f"-ctrl {CHOICE} {CHOICE_BITS} 1"
    with scratch_folder() as folder:
        verilog = emitted_verilog(spec)
        (folder / "design.v").write_text(verilog)
        listing = f"mutate -list {number} -seed {seed} {control} -o mutants.txt"
        run_passes(folder, [*FLATTENED, listing, "write_rtlil flat.il"], spec.macro)
        commands = (folder / "mutants.txt").read_text().splitlines()
        changing = map(_words, commands)
        run_passes(
            folder, ["read_rtlil flat.il", *changing, "write_verilog -noattr mutated.v"], spec.macro
        )
        text, flat = (folder / "mutated.v").read_text(), (folder / "flat.il").read_text()
    lines = verilog.splitlines()
    return Mutated(
        spec, text, flat, tuple(_mutant(command, lines, spec.macro) for command in commands)
    )


def _words(command: str) -> str:
    """A pass whose names may have braces."""
    return command.replace("{", "{{").replace("}", "}}")


def _mutant(command: str, verilog: Sequence[str], macro: str) -> NetlistMutant:
    plain = re.sub(r"-ctrl \S+ \S+ \S+ ", "", command)
    options = dict(OPTION.findall(plain))
    kind = KIND.search(options["cell"])
    cell = f"{options['port']} of {kind[1] if kind else options['cell']}"
    bit = f"bit {options['portbit']} of {cell}"
    if "wire" in options:
        bit += f", which is {options['wire']}[{options['wirebit']}]"
    other = f"bit {options.get('ctrlbit')} of {cell}"
    place = SOURCE.search(options.get("src", ""))
    line = int(place[1]) if place else 0
    return NetlistMutant(
        plain,
        f"{macro}.v:{line}" if line else f"{macro}.v",
        verilog[line - 1].strip() if line else "",
        bit,
        MODES[options["mode"]].format(other=other),
    )


def judged(
    design: Mutated,
    chosen: Sequence[NetlistMutant],
    simulator: SimulatorName = SimulatorName.AUTO,
    workers: int = 2,
) -> Iterator[tuple[NetlistMutant, Verdict]]:
    """What the bench says of each mutant, as it becomes known.

    VerificationFailed when it does not pass without any.
    """
    runner = Runner(design.spec, simulator, TIME_LIMIT, design.verilog)
    runner.prepare()
    usual = runner.run(_job(design.spec, 0))
    if usual.status != "passed":
        raise VerificationFailed(
            f"{design.spec.macro}: the bench does not pass on the netlist of yosys without a "
            f"mutant: {usual.message}"
        )
    runner.seconds = LONGER * usual.seconds + SPARE_SECONDS
    numbers = {mutant: number for number, mutant in enumerate(design.mutants, 1)}
    with ThreadPoolExecutor(workers) as pool:
        futures = {
            pool.submit(runner.run, _job(design.spec, numbers[mutant])): mutant for mutant in chosen
        }
        try:
            for future in as_completed(futures):
                mutant, verdict = futures[future], _verdict(design.spec, future.result())
                if verdict.found == "survived" and _proved(design, mutant):
                    verdict = Verdict(found="proved")
                yield mutant, verdict
        finally:
            pool.shutdown(cancel_futures=True)


def _job(spec: Spec, choice: int) -> BenchJob:
    fields = spec.model_dump(mode="json", exclude_none=True)
    return BenchJob(macro=spec.macro, spec=fields, seed=1, constants={CHOICE: choice})


def _verdict(spec: Spec, outcome: BenchOutcome) -> Verdict:
    if started.ending():
        raise ToolFailed("the run is being ended")
    if outcome.status == "passed":
        return Verdict(found="survived")
    verdict = "hangs" if outcome.status == "stopped" else "killed"
    return Verdict(found=verdict, bench=spec.macro, message=outcome.message)


def _proved(design: Mutated, mutant: NetlistMutant) -> bool:
    """Whether the mutant changes nothing that can be seen."""
    with scratch_folder() as folder:
        (folder / "flat.il").write_text(design.flat)
        passes = [
            "read_rtlil flat.il",
            "setparam -set INIT 1'0 t:$mem_v2",
            f"rename {{top}} {RIGHT}",
            f"write_rtlil {RIGHT}.il",
            f"rename {RIGHT} {{top}}",
            _words(mutant.name),
            f"rename {{top}} {CHANGED}",
            f"write_rtlil {CHANGED}.il",
        ]
        run_passes(folder, passes, design.spec.macro)
        right, changed = ((folder / f"{name}.il").read_text() for name in (RIGHT, CHANGED))
        return same(design.spec, right, changed)
