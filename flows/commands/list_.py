"""The catalogue, from its sources: no macro is loaded."""

from neuroloom.flows.commands.options import Json

PLACE = ("What there is", 1)


def list_(as_json: Json = False) -> None:
    """The catalogue, a line a macro."""
    from rich.text import Text

    from neuroloom.flows.macros import index
    from neuroloom.flows.tools import terminal

    macros = index.listed().values()
    if as_json:
        terminal.print_json(
            [{"name": macro.name, "area": macro.area, "summary": macro.summary} for macro in macros]
        )
        return
    rows = [(macro.area, Text(macro.name, style="bold"), macro.summary) for macro in macros]
    terminal.out.print(terminal.table(("area", "macro", "what it is"), rows))
