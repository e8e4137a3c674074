"""A bulk report as lines of a table."""

from neuroloom.flows.simulation.bulk.simulate import BulkReport


def report_rows(report: BulkReport) -> list[tuple[str, str]]:
    """The main numbers, a name and a text each, for a table in the terminal."""
    contract = {True: "kept", False: "broken", None: report.contract_note}[report.contract]
    stalls = ", ".join(f"{name} {number:,}" for name, number in report.stalls.items())
    chunks = f"{report.chunks} chunks" if report.chunks > 1 else "1 chunk"
    if report.chunks_reused:
        chunks += f", {report.chunks_reused} of them from an earlier run"
    rows = [
        (f"{report.operation}s", f"{report.operations:,} in {chunks}"),
        (
            "golden model",
            "every token equal"
            if report.golden_match
            else f"{report.wrong_tokens:,} tokens differ",
        ),
        ("contract", contract),
        ("cycles", f"{report.cycles:,}, {report.cycles_per_operation:.2f} a {report.operation}"),
        ("stalled cycles", stalls),
        (
            "rate",
            f"{report.cycles_per_second / 1e6:.2f} M cycles/s in a process "
            f"({report.simulated_cycles:,} cycles with loads and drains)",
        ),
        ("time", f"{report.seconds:.1f} s, of which building {report.build_seconds:.1f} s"),
    ]
    if report.chunks_with_state:
        rows.append(
            (
                "state",
                f"{report.chunks_with_state} chunks would give other results without the reset "
                "before them: the macro carries state from one operation to the next",
            )
        )
    rows += [("differs", str(mismatch)) for mismatch in report.mismatches]
    rows += [("wrong", problem) for problem in report.problems]
    return rows
