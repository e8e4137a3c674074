"""Runs of the bench, in the terminal."""

from typing import Any

from rich.text import Text

from neuroloom.flows.simulation.job import BenchOutcome


def outcome_cells(outcome: BenchOutcome) -> tuple[Any, ...]:
    """Outcome, operations, cycles, latency and interval, coverage and time of a run."""
    report = outcome.report
    coverage = report.get("coverage") or {}
    hit = f"{sum(coverage.values())}/{len(coverage)}" if coverage else "-"
    colour = "green" if outcome.status == "passed" else "red"
    return (
        Text(outcome.status, style=colour),
        report.get("operations", "-"),
        report.get("cycles", "-"),
        _measured(outcome),
        hit,
        f"{outcome.seconds:.1f} s",
    )


def _measured(outcome: BenchOutcome) -> str:
    latency, interval = outcome.report.get("latency"), outcome.report.get("interval")
    if latency is None:
        return "-"
    return f"{latency} / {interval:g}" if interval is not None else str(latency)
