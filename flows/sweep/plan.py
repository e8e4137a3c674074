"""Specifications that a sweep visits: all combinations of values, or a list of points."""

import csv
import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuroloom.flows.macros.catalogue import Macro
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.reading.refusal import reading
from neuroloom.flows.tools.reading.text import read_text
from neuroloom.golden.documents import parse_json, parse_toml
from neuroloom.golden.spec import Spec
from neuroloom.golden.wording import counted, plain, quoted

SHOWN = 8
"""Combinations that a warning lists."""
REASONS = 3
"""Refused combinations that it gives the reasons of."""
CLOSING = {"]": "[", "}": "{", ")": "("}


FORMS = (".csv", ".json", ".toml")
"""What the name of a file of points ends in."""


class PointWords(list[str]):
    """The ``field=value`` words of a point, and where it stands in a file."""

    def __init__(self, words: Iterable[str], place: str = "") -> None:
        super().__init__(words)
        self.place = place
        """Such as ``points.csv, line 3``; empty for one of the command line."""

    def beside(self, words: Iterable[str]) -> "PointWords":
        """The point with further words."""
        return PointWords([*self, *words], self.place)


@dataclass(frozen=True)
class Refused:
    """A combination of values that the Spec does not allow."""

    values: str
    """``field=value`` words."""
    reason: str
    place: str = ""
    """Place of the point; empty for one of the command line."""


@dataclass(frozen=True)
class Plan:
    """The specifications of a sweep, each once, in the order they were asked for."""

    specs: tuple[Spec, ...]
    refused: tuple[Refused, ...] = ()
    repeated: tuple[str, ...] = ()
    """``field=value`` words that ask for a specification once more."""

    @property
    def warnings(self) -> list[str]:
        """A sentence where points are asked for more than once."""
        if not self.repeated:
            return []
        shown = "; ".join(plain(each) or "all defaults" for each in self.repeated[:SHOWN])
        more = f" and {len(self.repeated) - SHOWN} more" if len(self.repeated) > SHOWN else ""
        return [f"given more than once and computed once: {shown}{more}"]


def plan(
    macro: Macro,
    values: Sequence[str] = (),
    base: Path | None = None,
    points: Path | None = None,
    skip_invalid: bool = False,
) -> Plan:
    """All combinations of ``field=v1,v2`` words on top of the Spec in ``base``.

    ``points`` is a file with a row of fields for each point (CSV, JSON or TOML); every row is then
    combined with ``values``. A specification that comes again is planned once, and noted.
    UsageError when a combination is refused and ``skip_invalid`` is not set, or when none is left.
    """
    axes = [_axis(word) for word in values]
    _check_once([axis[0].partition("=")[0] for axis in axes])
    rows = read_points(points) if points else [PointWords([])]
    combinations = (
        row.beside(chosen) for row, chosen in itertools.product(rows, itertools.product(*axes))
    )
    return specifications(macro, combinations, base, skip_invalid)


def specifications(
    macro: Macro,
    rows: Iterable[PointWords],
    base: Path | None = None,
    skip_invalid: bool | None = None,
) -> Plan:
    """The specification of each row of ``field=value`` words on top of the Spec in ``base``.

    UsageError when a row is refused and ``skip_invalid`` is not set, or when none is left; None
    where nothing can be left out.
    """
    specs: dict[str, Spec] = {}
    refused, repeated = [], []
    combined = 0
    for words in rows:
        combined += 1
        try:
            spec = read_spec(macro, words, base)
        except UsageError as error:
            refused.append(Refused(" ".join(words), str(error), words.place))
        else:
            if specs.setdefault(spec.model_dump_json(), spec) is not spec:
                repeated.append(" ".join(words))
    if refused and not (skip_invalid and specs):
        raise UsageError(_complaint(refused, combined, skip_invalid is not None))
    return Plan(tuple(specs.values()), tuple(refused), tuple(repeated))


def varying(specs: Sequence[Spec]) -> list[str]:
    """Fields that are not the same in all specifications; dotted where they are nested."""
    flat = [fields(spec) for spec in specs]
    names = dict.fromkeys(name for each in flat for name in each)
    return [name for name in names if any(each.get(name) != flat[0].get(name) for each in flat)]


def fields(spec: Spec) -> dict[str, Any]:
    """Dotted field names to JSON values; lists of plain values stay whole."""
    return flattened(spec.model_dump(mode="json", exclude_none=True))


def flattened(value: Any, name: str = "") -> dict[str, Any]:
    """The leaves of nested tables, named by their dotted path."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        return {name: value}
    leaves: dict[str, Any] = {}
    for key, each in value.items():
        leaves |= flattened(each, f"{name}.{key}" if name else str(key))
    return leaves


def _axis(word: str) -> list[str]:
    """``field=v1,v2`` as ``field=v1`` and ``field=v2``."""
    field, equals, text = word.partition("=")
    if not equals or not field.strip():
        raise UsageError(
            f"{quoted(word)} is not of the form field=value,value, such as width=64,256"
        )
    return [f"{field.strip()}={value}" for value in _split(text, word)]


def _split(text: str, word: str) -> list[str]:
    """Parts between commas that stand in no bracket and no quotes."""
    parts, opened, inside = [""], [], False
    for sign in text:
        if sign == '"':
            inside = not inside
        elif not inside and sign in "[{(":
            opened.append(sign)
        elif not inside and sign in CLOSING and (not opened or opened.pop() != CLOSING[sign]):
            raise UsageError(f"{quoted(word)} closes a bracket that was not opened")
        if sign == "," and not opened and not inside:
            parts.append("")
        else:
            parts[-1] += sign
    if opened or inside:
        raise UsageError(f"{quoted(word)} leaves a {'quote' if inside else 'bracket'} open")
    parts = [part.strip() for part in parts]
    if not all(parts):
        raise UsageError(f"{quoted(word)} has an empty value")
    return parts


def _check_once(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise UsageError(
                f"{plain(name)} is given twice; give all its values at once: {plain(name)}=v1,v2"
            )


def read_points(file: Path) -> list[PointWords]:
    """Each point of the file as ``field=value`` words."""
    form = file.suffix.lower()
    if form not in FORMS:
        raise UsageError(
            f"{file}: points are read from CSV, JSON and TOML; "
            "give a file whose name ends in .csv, .json or .toml"
        )
    with reading(file, "the points"):
        text = read_text(file)
    rows = _csv_rows(file, text) if form == ".csv" else _table_rows(file, text, form == ".json")
    if not rows:
        raise UsageError(f"{file} holds no points")
    return rows


def _csv_rows(file: Path, text: str) -> list[PointWords]:
    """The first line names the fields; an empty cell leaves its field at the default."""
    rows = []
    with reading(file, "the points"):
        lines = csv.reader(text.splitlines(), skipinitialspace=True, strict=True)
        names = [name.strip() for name in next(lines, [])]
        for name in names:
            if not name or names.count(name) > 1:
                raise ValueError(f"its first line has {quoted(name)}, empty or twice")
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(names):
                raise UsageError(
                    f"{file}, line {lines.line_num}: {len(cells)} of {len(names)} cells; "
                    "each line has as many as the first"
                )
            given = zip(names, (cell.strip() for cell in cells), strict=True)
            words = [f"{name}={cell}" for name, cell in given if cell]
            rows.append(PointWords(words, f"{file}, line {lines.line_num}"))
    return rows


def _table_rows(file: Path, text: str, is_json: bool) -> list[PointWords]:
    kind = "JSON" if is_json else "TOML"
    with reading(file, "the points", f"is not valid {kind}"):
        content = parse_json(text) if kind == "JSON" else parse_toml(text)
    rows = content.get("points") if isinstance(content, dict) else content
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError(
            f"{file} does not hold points: give a list of tables, "
            + ("[{...}, {...}]" if kind == "JSON" else "[[points]]")
        )
    for name in set(content) - {"points"} if isinstance(content, dict) else ():
        raise UsageError(f"{file} has {quoted(name)} beside its points")
    words = [[f"{name}={json.dumps(value)}" for name, value in row.items()] for row in rows]
    return [PointWords(word, f"{file}, point {number}") for number, word in enumerate(words, 1)]


def _complaint(refused: Sequence[Refused], combined: int, skippable: bool) -> str:
    reasons = {each.reason for each in refused}
    if len(reasons) == 1 and len(refused) == combined:
        return _placed(refused[0], reasons.pop())
    shown = "; ".join(map(_told, refused[:REASONS]))
    more = f"; and {len(refused) - REASONS} more" if len(refused) > REASONS else ""
    helps = skippable and len(refused) < combined
    remedy = "; --skip-invalid goes on with the others" if helps else ""
    number = f"{len(refused)} of {counted(combined, 'combination')}"
    return f"{number} {'is' if len(refused) == 1 else 'are'} not possible: {shown}{more}{remedy}"


def _told(refused: Refused) -> str:
    """The reason, which mostly names the value; where it does not, all of them."""
    if any(word in refused.reason for word in refused.values.split()):
        return _placed(refused, refused.reason)
    return _placed(refused, f"{plain(refused.values)}: {refused.reason}")


def _placed(refused: Refused, told: str) -> str:
    """The same behind where the point stands in a file."""
    return f"{refused.place}: {told}" if refused.place else told
