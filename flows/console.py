"""What the command line prints: tables for people, JSON for programs."""

from collections.abc import Iterable, Sequence
from math import floor, isfinite, log10
from typing import Any

from rich.table import Table
from rich.text import Text

from neuroloom.flows.catalogue import Macro
from neuroloom.flows.coverage.code_coverage import CodeCoverage
from neuroloom.flows.formal.prove import ProofResult
from neuroloom.flows.simulation.job import Outcome
from neuroloom.flows.synthesis.report import Estimate, Power, SynthesisReport, TargetReport
from neuroloom.flows.terminal import err as err
from neuroloom.flows.terminal import figures_table as figures_table
from neuroloom.flows.terminal import out as out
from neuroloom.flows.terminal import print_json as print_json
from neuroloom.flows.terminal import progress as progress
from neuroloom.flows.terminal import table as table
from neuroloom.flows.terminal import warn as warn
from neuroloom.flows.verify import Verification
from neuroloom.golden.composition import Composition
from neuroloom.golden.inventory import index_bits
from neuroloom.golden.memories.memory_map import MappedMemory
from neuroloom.golden.ports import Stream, port_name
from neuroloom.verif.companions import Companion

SHOWN = 2
"""Of what a companion shows; all of it stands in the JSON."""


def catalogue_table(macros: Iterable[Macro]) -> Table:
    return table(
        ("area", "macro", "what it is"),
        ((macro.area, Text(macro.name, style="bold"), macro.spec.summary) for macro in macros),
    )


def port_rows(streams: Iterable[Stream]) -> list[tuple[str, str, str, str]]:
    """Direction, Verilog port, width and meaning of every field of every stream."""
    return [
        (
            stream.direction,
            port_name(stream, field.name),
            f"{field.lanes} × {field.bits}" if field.lanes is not None else str(field.bits),
            f"{'signed; ' if field.signed else ''}{field.doc} ({stream.doc})",
        )
        for stream in streams
        for field in stream.fields
    ]


def outcome_rows(verification: Verification) -> list[tuple[Any, ...]]:
    return [
        (outcome.report.get("seed", "-"), *outcome_cells(outcome))
        for outcome in verification.outcomes
    ]


def outcome_cells(outcome: Outcome) -> tuple[Any, ...]:
    """Outcome, operations, cycles, latency and interval, coverage and time of a run."""
    report = outcome.report
    coverage = report.get("coverage") or {}
    hit = f"{sum(coverage.values())}/{len(coverage)}" if coverage else "-"
    colour = "green" if outcome.status == "passed" else "red"
    return (
        Text(outcome.status, style=colour), report.get("operations", "-"),
        report.get("cycles", "-"), _measured(outcome), hit, f"{outcome.seconds:.1f} s",
    )  # fmt: skip


def companion_rows(
    found: Sequence[Companion], results: Sequence[Verification]
) -> list[tuple[Any, ...]]:
    """A row a companion: its number, its outcome, and some of what it shows."""
    rows = []
    for number, (companion, result) in enumerate(zip(found, results, strict=True), 1):
        _, outcome, operations, cycles, _, coverage, seconds = outcome_rows(result)[0]
        told = _some(companion.shows)
        rows.append((number, outcome, operations, cycles, coverage, seconds, told))
    return rows


def _some(shows: Sequence[str]) -> str:
    more = len(shows) - SHOWN
    return ", ".join(shows[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def print_code_coverage(coverage: CodeCoverage) -> None:
    """How much of the Verilog was reached, then what was not, a line each."""
    cells = []
    for kind in ("line", "branch", "toggle"):
        reached, total = coverage.count(kind)
        cells.append(f"{reached:,} of {total:,} ({coverage.percent(kind):.1f} %)")
    columns = (">specifications", ">lines", ">branches", ">toggles")
    title = f"code coverage of {coverage.macro}"
    out.print(table(columns, [(coverage.specifications, *cells)], title))
    for sentence in coverage.sentences():
        out.print(Text(f"unreached: {sentence}"), soft_wrap=True)


def _measured(outcome: Outcome) -> str:
    latency, interval = outcome.report.get("latency"), outcome.report.get("interval")
    if latency is None:
        return "-"
    return f"{latency} / {interval:g}" if interval is not None else str(latency)


def memory_table(memories: Sequence[MappedMemory]) -> Table:
    """Where every field of a programmed memory is: kind, address and bits of the data."""
    rows = []
    for memory in memories:
        place, parts = 0, []
        for name, number in reversed(memory.index):
            parts.append(f"{name} << {place}" if place else name)
            place += index_bits(number)
        address = " | ".join(reversed(parts))
        for field in memory.fields:
            low = memory.low_bits[field.name]
            data = f"{low + field.bits - 1}:{low}" if field.bits > 1 else f"{low}"
            meaning = ("signed; " if field.signed else "") + field.doc
            rows.append((str(memory.kind), memory.name, address, data, field.name, meaning))
    titles = (">kind", "memory", "address", ">data", "field", "meaning")
    return table(titles, rows, "what the program stream writes")


def part_table(spec: Composition) -> Table:
    """Every part with its macro and what its inputs come from, through queues of how many."""
    wiring = spec.wiring
    rows = []
    for name in wiring.order:
        part, told = wiring.parts[name], []
        for stream in part.input_streams:
            wire = wiring.wire_to.get(f"{name}.{stream.name}")
            source = "constant" if wire is None else ", ".join(wire.sources)
            queue = f", queue of {wire.places}" if wire is not None and wire.places else ""
            told.append(f"{stream.name} from {source}{queue}")
        rows.append((name, part.macro, "; ".join(told)))
    return table(("part", "macro", "takes"), rows)


def print_proof(result: ProofResult) -> None:
    """Every property and cover, then the run of each that failed."""
    title = result.spec.macro + (f", broken: {result.fault}" if result.fault else "")
    rows = []
    for finding in result.findings:
        colour = "red" if finding.failed else "green" if finding.proved else "yellow"
        kind = "cover" if finding.is_cover else "property"
        rows.append(
            (kind, finding.name, finding.sentence, Text(finding.outcome, style=colour),
             f"{finding.seconds:.1f} s")
        )  # fmt: skip
    out.print(table(("", "name", "what it says", "outcome", ">time"), rows, title))
    _print_runs(result)


def _print_runs(result: ProofResult) -> None:
    """Of violated properties the shortest ones, and where waves are."""
    for finding in result.findings:
        if finding.trace is not None and not finding.passed:
            cycles, ports = finding.trace.last_cycles()
            out.print()
            out.print(Text(f"{finding.name}: {finding.sentence}", style="bold"), soft_wrap=True)
            out.print(table(("cycle", *(f">{cycle}" for cycle in cycles)), ports))
    for finding in result.findings:
        if finding.waves is not None:
            out.print(f"waves: {finding.waves}", soft_wrap=True)


def print_proved_companions(
    name: str, companions: Sequence[Companion], results: Sequence[ProofResult]
) -> None:
    """A row a companion: its number, its size, its outcome, and some of what it shows."""
    rows = []
    for number, (companion, result) in enumerate(zip(companions, results, strict=True), 1):
        colour = "red" if result.failed else "green" if result.proved else "yellow"
        told = "proved" if result.proved else (result.failed or result.undecided)[0].outcome
        covers = sum(finding.is_cover for finding in result.findings)
        rows.append((
            number, Text(told, style=colour), len(result.findings) - covers, covers,
            f"{result.seconds:.1f} s", _some(companion.shows),
        ))  # fmt: skip
    headings = (">companion", "outcome", ">properties", ">covers", ">time", "what it shows")
    out.print(table(headings, rows, f"companions of {name}"))
    for result in results:
        _print_runs(result)


def print_synthesis(report: SynthesisReport) -> None:
    """What a design costs on every target, then critical paths, warnings and methods."""
    if not report.targets:
        return
    out.print(table(
        (">target", "the design alone", ">Fmax", ">min – max", ">rate"),
        [(each.target, _used(each), *_timing_cells(each)) for each in report.targets],
    ))  # fmt: skip
    if any(each.power for each in report.targets):
        out.print()
        columns = (
            ">target", ">energy", ">clock", ">FF", ">logic", ">leakage", ">idle power", ">at",
        )  # fmt: skip
        powers = [(each.target, each.power) for each in report.targets if each.power]
        rows = [power_row(*each) for each in powers]
        title = f"Energy of an operation, powers at {powers[0][1].at}"
        out.print(figures_table(columns, rows, title))
    estimates = [(each.target, line) for each in report.targets for line in each.estimates]
    if estimates:
        out.print()
        titles = (">target", "analytic estimate", ">formula", ">synthesized", ">ratio")
        rows = [(target, *_estimate_cells(line)) for target, line in estimates if line.analytic]
        out.print(table(titles, rows))
    for each in report.targets:
        if each.timing and each.timing.critical_path:
            path = " → ".join(each.timing.critical_path)
            out.print()
            title = f"{each.target}: critical path, {each.timing.path_ns:.3g} ns"
            out.print(table((title,), [(path,)]))
    out.print()
    for each in report.targets:
        for warning in each.warnings:
            head = ("warning:", "yellow")
            out.print(Text.assemble(head, f" {each.target}: {warning}"), soft_wrap=True)
    for each in report.targets:
        methods = [
            each.method,
            each.timing and each.timing.method,
            each.power and each.power.method,
        ]
        for method in filter(None, methods):
            out.print(f"{each.target}: {method}", style="dim", soft_wrap=True)


def _used(report: TargetReport) -> str:
    used = [f"{number:,} {name}" for name, number in report.resources.items() if number]
    if report.area:
        area = report.area
        share = area.sequential_um2 / area.total_um2 if area.total_um2 else 0.0
        used.insert(0, f"{significant(area.total_um2)} µm² ({share:.0%} FF)")
    return ", ".join(used)


def power_row(target: str, power: Power) -> tuple[str, ...]:
    """Energies of an operation, and power without work."""
    leakage = power.leakage_uw / power.rate_mhz
    parts = (power.clock_pj, power.sequential_pj, power.combinational_pj, leakage)
    return (
        target,
        f"{energy(power.energy_pj)}/{power.operation}",
        *(energy(part) for part in parts),
        f"{significant(power.idle_uw)} µW",
        f"{significant(power.clock_mhz, 4)} MHz",
    )


def energy(picojoules: float) -> str:
    """An energy with the prefix that suits it."""
    if picojoules == 0:
        return "0"
    for prefix, size in (("n", 1e3), ("p", 1.0), ("f", 1e-3), ("a", 1e-6)):
        if abs(picojoules) >= size:
            return f"{significant(picojoules / size)} {prefix}J"
    return f"{significant(picojoules * 1e6)} aJ"


def _estimate_cells(line: Estimate) -> tuple[str, str, str, str]:
    return (
        line.name,
        f"{significant(line.analytic)} {line.unit}".rstrip(),
        f"{significant(line.synthesized)} {line.unit}".rstrip(),
        "-" if line.ratio is None else f"{line.ratio:.2f}",
    )


def _timing_cells(report: TargetReport) -> tuple[str, str, str]:
    timing, rate = report.timing, report.operations_per_second
    if timing is None:
        return ("-", "-", "-")
    spread = f"{timing.minimum_mhz:.1f} – {timing.maximum_mhz:.1f}" if timing.seeds > 1 else "-"
    return (
        f"{timing.median_mhz:.1f} MHz",
        spread,
        f"{engineering(rate)} {report.operation}s/s" if rate else "-",
    )


LARGEST = 1e18
"""Of numbers that are written with all their digits."""


def significant(value: float, digits: int = 3) -> str:
    """A number in that many significant digits, thousands set apart."""
    if not isfinite(value) or abs(value) >= LARGEST:
        return f"{value:.{digits}g}"
    if value == round(value):
        return f"{value:,.0f}"
    decimals = max(0, digits - 1 - floor(log10(abs(value))))
    return f"{value:,.{decimals}f}"


def engineering(value: float) -> str:
    """A number with three digits and a prefix: 1.23 M."""
    for prefix, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {prefix}"
    return f"{value:.3g} "
