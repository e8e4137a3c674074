"""Tables of a published system as text: columns, cells with their marks, what is said below."""

from collections.abc import Iterator

from neuroloom.flows.reports.figures import Derived, FigureKind, Ours, Printed
from neuroloom.flows.reports.paired import Agreement, Paired
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.tools.numbers import figure

DIGITS = 15
"""Most digits of a printed figure: all that a float keeps."""
DERIVED, CIRCULAR = "derived", "circular"
SAME, APART = "equal", " · "
"""What stands for the ratio of two zeros, and between the ratios of a row."""
FEW = 3
"""Rows of a column that are named one by one where the same is said of them."""


def head(table: PublishedTable) -> tuple[str, ...]:
    """Names of the columns: the quantity, published values, ours, their ratio. What both sides
    call alike says whose it is."""
    both = set(table.published) & set(table.ours)

    def named(side: str, names: tuple[str, ...]) -> Iterator[str]:
        return (f"{name}, {side}" if name in both else name for name in names)

    return (
        "",
        *named("paper", table.published),
        *_marked_columns(table, named("ours", table.ours)),
        *((_ratio_head(table),) if table.published else ()),
    )


def _compared(table: PublishedTable) -> list[int]:
    """Published columns of which a row compares a figure."""
    pairs = [table.pairs(row) for row in table.rows]
    return [at for at in range(len(table.published)) if any(row[at] for row in pairs)]


def _ratio_head(table: PublishedTable) -> str:
    """What is divided by what."""
    sides = [(table.sides[at], table.published[at]) for at in _compared(table)]
    if not sides or len(table.published) == len(table.ours) == 1:
        return "ours / paper"
    if all(ours == theirs for ours, theirs in sides):
        return f"ours / paper: {APART.join(theirs for _, theirs in sides)}"
    return APART.join(f"{ours} / {theirs}" for ours, theirs in sides)


def cells(table: PublishedTable, row: PublishedRow) -> tuple[str, ...]:
    """A row as text, – where there is no value; what is derived, circular or not of its column's
    kind is marked."""
    name = f"{row.name} [{row.unit}]" if row.unit else row.name
    theirs = map(_theirs, row.published)
    ours = (
        _own(our, kind, said)
        for our, kind, said in zip(row.ours, kinds(table), _circular(table), strict=True)
    )
    return (name, *theirs, *ours, *((_ratios(table, row),) if table.published else ()))


def _ratios(table: PublishedTable, row: PublishedRow) -> str:
    """Ratios of the columns that the head names."""
    pairs = table.pairs(row)
    told = [_ratio(pairs[at]) for at in _compared(table)]
    return APART.join(told) if any(pairs) else "–"


def _ratio(pair: Paired | None) -> str:
    if pair is None:
        return "–"
    if pair.ratio is None:
        return "–" if pair.ours else SAME
    return f"{pair.ratio:.2f}"


def marks(table: PublishedTable) -> list[Agreement | None]:
    """How far each row is from what is printed: its furthest figure."""
    found: list[Agreement | None] = []
    for row in table.rows:
        pairs = [pair for pair in table.pairs(row) if pair is not None]
        order = list(Agreement)
        agreements = [pair.agreement for pair in pairs]
        found.append(max(agreements, key=order.index) if agreements else None)
    return found


def _own(value: Ours | None, kind: FigureKind | None, said: bool) -> str:
    """One of ours; ``said`` where the column's name tells that it is circular."""
    if value is None:
        return figure(None)
    marks: list[str] = [] if value.kind is kind else [value.kind]
    return _marked(value, ", ".join([*marks, CIRCULAR] if value.circular and not said else marks))


def _theirs(value: Printed | Derived | None) -> str:
    """A printed figure with the digits that the paper has, but for zeros behind them."""
    if isinstance(value, Printed):
        return f"{value:,.{DIGITS}g}"
    return _marked(value, "" if value is None else DERIVED)


def _marked(value: float | None, mark: str) -> str:
    return f"{figure(value)} ({mark})" if mark else figure(value)


def _circular(table: PublishedTable) -> list[bool]:
    """Whether a constant of the paper enters every figure of a column of ours."""
    columns = [[row.ours[at] for row in table.rows] for at in range(len(table.ours))]
    there = [[value for value in column if value is not None] for column in columns]
    return [len(values) > 1 and all(value.circular for value in values) for values in there]


def _marked_columns(table: PublishedTable, names: Iterator[str]) -> Iterator[str]:
    for name, circular in zip(names, _circular(table), strict=True):
        yield f"{name} ({CIRCULAR})" if circular else name


def kinds(table: PublishedTable) -> tuple[FigureKind | None, ...]:
    """How each of our columns was had, None where its figures were had in several ways."""
    found: list[FigureKind | None] = []
    for column in range(len(table.ours)):
        figures = (row.ours[column] for row in table.rows)
        every = {each.kind for each in figures if each is not None}
        found.append(every.pop() if len(every) == 1 else None)
    return tuple(found)


def had(table: PublishedTable) -> str:
    """How our columns were had, in a sentence; empty where each figure says it."""
    by_kind: dict[FigureKind, list[str]] = {}
    found = kinds(table)
    for name, kind in zip(table.ours, found, strict=True):
        if kind is not None:
            by_kind.setdefault(kind, []).append(name)
    if len(by_kind) == 1 and None not in found:
        return f"Ours: {next(iter(by_kind))}."
    return " ".join(f"{kind.capitalize()}: {'; '.join(names)}." for kind, names in by_kind.items())


def reasons(table: PublishedTable) -> list[tuple[str, str]]:
    """What is said of rows and columns: why values differ or are not compared, how they are
    derived, what of the paper enters them. Names of those of which the same is said, and the words.
    """
    said: dict[str, list[str]] = {}
    for row in table.rows:
        for words in (row.why, f"no ratio: {row.no_ratio}" if row.no_ratio else ""):
            if words:
                said.setdefault(words, []).append(row.name)
    for at, column in enumerate(table.published):
        theirs = [(row.name, row.published[at]) for row in table.rows]
        there = sum(value is not None for _, value in theirs)
        derived = [(name, value.how) for name, value in theirs if isinstance(value, Derived)]
        _say(said, f"{DERIVED}, not printed", DERIVED, column, derived, there)
    for at, column in enumerate(table.ours):
        ours = [(row.name, row.ours[at]) for row in table.rows]
        values = [(name, value.circular) for name, value in ours if value is not None]
        circular = [(name, words) for name, words in values if words]
        _say(said, CIRCULAR, CIRCULAR, column, circular, len(values))
    return [(_named(names, len(table.rows)), words) for words, names in said.items()]


def _named(names: list[str], rows: int) -> str:
    """Names in a line; one word for all rows."""
    if len(names) == rows > FEW:
        return "all rows"
    return ("; " if any("," in name for name in names) else ", ").join(dict.fromkeys(names))


def _say(
    said: dict[str, list[str]],
    words: str,
    mark: str,
    column: str,
    words_of: list[tuple[str, str]],
    there: int,
) -> None:
    """Add what is said of figures of a column: of the column itself where it is said of all that
    are ``there``, of those that are marked where it is said of many."""
    for how in dict.fromkeys(how for _, how in words_of):
        names = [name for name, other in words_of if other == how]
        if len(names) == len(words_of) > 1:
            if len(names) == there:
                names = [column]
            elif len(names) > FEW:
                names = [f"{column} where marked {mark}"]
        said.setdefault(f"{words}: {how}", []).extend(names)
