"""What a design costs, in the terminal."""

from rich.text import Text

from neuroloom.flows.designs.report import Estimate, Power, SynthesisReport, TargetReport
from neuroloom.flows.synthesis.printed_corners import CORNER_HEAD, corner_rows
from neuroloom.flows.synthesis.printed_memories import FIGURES, HEAD
from neuroloom.flows.synthesis.printed_memories import rows as memory_rows
from neuroloom.flows.tools.numbers import amounts, energy, engineering, significant
from neuroloom.flows.tools.terminal import figures_table, out, table


def print_synthesis(report: SynthesisReport) -> None:
    """What a design costs on every target, then critical paths, warnings and methods."""
    if not report.targets:
        return
    out.print(
        table(
            (">target", "the design alone", ">Fmax", ">min – max", ">rate"),
            [(target.target, _used(target), *_timing_cells(target)) for target in report.targets],
        )
    )
    if any(target.memories for target in report.targets):
        out.print()
        titles = tuple(f">{name}" if place in FIGURES else name for place, name in enumerate(HEAD))
        out.print(table(titles, memory_rows(report.targets, brief=True)))
    if any(target.corners for target in report.targets):
        out.print()
        out.print(table(CORNER_HEAD, corner_rows(report.targets)))
    if any(target.power for target in report.targets):
        out.print()
        columns = (
            ">target",
            ">energy",
            ">clock",
            ">FF",
            ">logic",
            ">memories",
            ">leakage",
            ">idle power",
            ">at",
        )
        powers = [(target.target, target.power) for target in report.targets if target.power]
        rows = [power_row(*power) for power in powers]
        title = f"Energy of an operation, powers at {powers[0][1].at}"
        out.print(figures_table(columns, rows, title))
    estimates = [(target.target, line) for target in report.targets for line in target.estimates]
    if estimates:
        out.print()
        titles = (">target", "analytic estimate", ">formula", ">synthesized", ">ratio")
        rows = [(target, *_estimate_cells(line)) for target, line in estimates if line.analytic]
        out.print(table(titles, rows))
    for target in report.targets:
        if target.timing and target.timing.critical_path:
            path = " → ".join(target.timing.critical_path)
            out.print()
            title = f"{target.target}: critical path, {target.timing.path_ns:.3g} ns"
            out.print(table((title,), [(path,)]))
    out.print()
    for target in report.targets:
        for warning in target.warnings:
            head = ("warning:", "yellow")
            out.print(Text.assemble(head, f" {target.target}: {warning}"), soft_wrap=True)
    for target in report.targets:
        methods = [
            target.method,
            target.timing and target.timing.method,
            target.power and target.power.method,
        ]
        for method in filter(None, methods):
            out.print(f"{target.target}: {method}", style="dim", soft_wrap=True)


def _used(report: TargetReport) -> str:
    used = amounts(report.resources)
    if not report.area:
        return used
    area = report.area
    shares = {"FF": area.sequential_um2, "memories": area.memory_um2}
    told = [f"{um2 / area.total_um2:.0%} {what}" for what, um2 in shares.items() if um2]
    total = f"{significant(area.total_um2)} µm²"
    return ", ".join(filter(None, (f"{total} ({', '.join(told)})" if told else total, used)))


def power_row(target: str, power: Power) -> tuple[str, ...]:
    """Energies of an operation, and power without work."""
    leakage = power.leakage_uw / power.rate_mhz
    parts = (power.clock_pj, power.sequential_pj, power.combinational_pj, power.memory_pj, leakage)
    return (
        target,
        f"{energy(power.energy_pj)}/{power.operation}",
        *(energy(part) for part in parts),
        f"{significant(power.idle_uw)} µW",
        f"{significant(power.clock_mhz, 4)} MHz",
    )


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
