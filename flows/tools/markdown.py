"""Tables as Markdown."""

from collections.abc import Iterable, Sequence


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] | None = None
) -> list[str]:
    """Lines of a table. ``numbers`` are the columns set flush right: all but the first unless
    given."""
    flush = set(range(1, len(head)) if numbers is None else numbers)
    rule = "|".join("---:" if column in flush else "---" for column in range(len(head)))
    return [line(head), f"|{rule}|", *map(line, rows)]


def line(cells: Sequence[str]) -> str:
    """A row; an upright stroke in a cell is no border."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
