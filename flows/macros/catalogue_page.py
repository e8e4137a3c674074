"""The catalogue as a page: every macro of the tree, and where each of its faces lies."""

import ast
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from neuroloom.flows.macros.index import GOLDEN, Entry, index

ROOT = GOLDEN.parent
HEAD = """\
# The catalogue

Written by `neuroloom list --markdown docs/catalogue.md`. `neuroloom show MACRO` prints the
parameters, ports and contract of one. Words are explained in the [glossary](glossary.md).

- *model*: specification, golden model and contract.
- *hardware*: the Amaranth component.
- *bench*: stimulus and coverage points of `neuroloom verify`, which holds the hardware against the
  model.
- *proof*: what `neuroloom prove` proves for all inputs, where there is control logic.
- *reference*: what the macro computes said once more, in plain Python that knows nothing of the
  model, which is held against it.
"""
FACES = {
    "model": "golden/{}.py",
    "hardware": "hdl/{}.py",
    "bench": "verif/{}.py",
    "proof": "verif/{}_properties.py",
}


def catalogue_markdown() -> str:
    """The page, with links from ``docs``."""
    listed = [entry for entry in index(GOLDEN).values() if entry.catalogued]
    pieces = [HEAD]
    for area, macros in groupby(listed, lambda entry: entry.area):
        pieces += [f"## {area}\n", _about(area), "| macro | what it is | where |\n|---|---|---|"]
        pieces[-1] = "\n".join([pieces[-1], *map(_row, macros), ""])
    return "\n".join(pieces)


def _about(area: str) -> str:
    """What the area holds, as its package says."""
    tree = ast.parse((GOLDEN / area / "__init__.py").read_bytes())
    return f"{ast.get_docstring(tree) or ''}\n"


def _row(entry: Entry) -> str:
    faces = ", ".join(f"[{face}](../{file})" for face, file in _faces(entry))
    return f"| `{entry.name}` | {entry.details} | {faces} |"


def _faces(entry: Entry) -> Iterator[tuple[str, Path]]:
    """Those that there are, each with its file."""
    place = entry.path.replace(".", "/")
    files = {face: file.format(place) for face, file in FACES.items()}
    files["reference"] = f"tests/references/{entry.area}/{entry.name}.py"
    for face, file in files.items():
        if (ROOT / file).is_file():
            yield face, Path(file)
