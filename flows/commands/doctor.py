"""What this machine has."""

from dataclasses import asdict

from rich.text import Text

from neuroloom.flows.commands.options import Json

PLACE = ("What there is", 4)


def doctor(as_json: Json = False) -> None:
    """Tools, kits and compilers that are there, and what the lack of others costs."""
    from neuroloom.flows.commands.machine import examine
    from neuroloom.flows.tools import terminal

    findings = examine()
    if as_json:
        terminal.print_json(
            [{**asdict(finding), "there": bool(finding.found)} for finding in findings]
        )
        return
    there = [(finding.kind, finding.name, finding.found) for finding in findings if finding.found]
    terminal.out.print(terminal.table(("", "there", "version or place"), there))
    lacking = [
        (finding.kind, Text(finding.name, "yellow"), f"{finding.costs}; {finding.remedy}")
        for finding in findings
        if not finding.found
    ]
    if lacking:
        terminal.out.print()
        columns = ("", "not there", "what it costs; how it is had")
        terminal.out.print(terminal.table(columns, lacking))
