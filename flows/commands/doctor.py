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
        terminal.print_json([{**asdict(each), "there": bool(each.found)} for each in findings])
        return
    there = [(each.kind, each.name, each.found) for each in findings if each.found]
    terminal.out.print(terminal.table(("", "there", "version or place"), there))
    lacking = [
        (each.kind, Text(each.name, "yellow"), f"{each.costs}; {each.remedy}")
        for each in findings
        if not each.found
    ]
    if lacking:
        terminal.out.print()
        columns = ("", "not there", "what it costs; how it is had")
        terminal.out.print(terminal.table(columns, lacking))
