"""What can be synthesized for."""

from neuroloom.flows.commands.options import Json

PLACE = ("What there is", 3)


def targets(as_json: Json = False) -> None:
    """What can be synthesized for, and whether this machine has what it takes."""
    from neuroloom.flows.synthesis.targets import DEFAULTS, TARGETS
    from neuroloom.flows.tools import terminal

    if as_json:
        terminal.print_json(
            [
                {
                    "name": each.name,
                    "description": each.description,
                    "available": each.available,
                    "missing": each.missing(),
                    "default": each.name in DEFAULTS,
                }
                for each in TARGETS.values()
            ]
        )
        return
    rows = [
        (each.name, each.description, "yes" if each.available else f"no: {each.missing()}")
        for each in TARGETS.values()
    ]
    terminal.out.print(terminal.table(("target", "what it is", "ready here"), rows))
