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
                    "name": target.name,
                    "description": target.description,
                    "available": target.available,
                    "missing": target.missing(),
                    "default": target.name in DEFAULTS,
                }
                for target in TARGETS.values()
            ]
        )
        return
    rows = [
        (target.name, target.description, "yes" if target.available else f"no: {target.missing()}")
        for target in TARGETS.values()
    ]
    terminal.out.print(terminal.table(("target", "what it is", "ready here"), rows))
