"""What the word "verified" rests on, as a page: a row a macro, survivors, planted bugs."""

from collections.abc import Callable, Sequence

from pydantic import Field

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.tools.frozen import Frozen
from neuroloom.flows.tools.markdown import line
from neuroloom.flows.tools.markdown import table as markdown_table
from neuroloom.flows.tools.recorded import Recorded


class Mutants(Frozen):
    """What became of mutants of one kind."""

    there: int
    """That there are."""
    tried: int
    """Mutants of these that were tried, without those that are equivalent."""
    killed: int
    equivalent: int


class Survivor(Frozen):
    """A mutant that no bench noticed."""

    mutant: str
    """Its name, the same for every macro with that part."""
    module: str
    """Module below ``neuroloom.hdl``; empty for one of the netlist."""
    told: str
    """Its line, and what became of what."""


class VerificationRow(Frozen):
    """Row of one macro."""

    macro: str
    code: str
    """Digest of the macro's sources."""
    oracle: str
    """How the reference computes that shares nothing with the model; empty where there is none."""
    specifications: int
    """The default one and its companions."""
    points: int
    """Points of functional coverage over all of these, every one reached."""
    lines: tuple[int, int]
    """Lines and branches of the Verilog that were reached, of how many."""
    toggles: tuple[int, int]
    proved: int | None
    """Properties that hold for all time; None where the macro has none."""
    searched: int
    """Properties that are not violated in so many cycles, and not proved."""
    source: Mutants
    """Small changes of the text of the hardware."""
    netlist: Mutants
    """Bits of the netlist that are stuck or inverted."""
    survivors: tuple[Survivor, ...]


class Planted(Frozen):
    """What became of a bug."""

    code: str
    kind: str
    macro: str
    what: str
    caught: bool
    bench: str
    message: str


class VerificationTable(Recorded):
    """All that was measured."""

    most: int | None
    """Mutants of each kind that were tried of a macro, None for all."""
    rows: tuple[VerificationRow, ...] = ()
    planted: tuple[Planted, ...] = Field(default=())

    def row(self, macro: str) -> VerificationRow | None:
        """That of a macro, if it was measured."""
        return next((row for row in self.rows if row.macro == macro), None)


HEAD = """\
# What "verified" rests on

Written by `neuroloom verification docs/results{share}`.

`neuroloom verify MACRO` runs the default specification and its companions, small ones that together
have every choice, both ends of every number and every line of the hardware. Columns:

- *reference*: how the outputs are computed once more by plain code that shares nothing with the
  golden model (`tests/references`), against which the tests hold the model.
- *specifications* of that command, and *points* of functional coverage over all of them; a point
  that is not reached fails the command.
- *lines*: lines and branches of the emitted Verilog that these runs reach; *toggles*: rises and
  falls of nets below 64 bits (`neuroloom verify MACRO --code-coverage`).
- *proved*: properties that hold for every input and all time at the default size; "+ n" are
  searched to a depth only (`neuroloom prove MACRO`).
- *source* and *netlist*: small changes of the text of the hardware, and bits of its netlist that
  are stuck or inverted, that the command notices, of those that were tried
  (`neuroloom mutate MACRO`){sampled}. Equivalent ones, by proof or for a stated reason, do not
  count.

| macro | reference | specifications | points | lines | toggles | proved | source | netlist |
|---|---|---|---|---|---|---|---|---|
"""


OTHER = "†"
"""Marks what was measured with other sources."""
MARKED = f"""
{OTHER} measured before its sources became what they are now: `neuroloom verification --list`
tells which, and the command above measures them again.
"""


def markdown(
    table: VerificationTable,
    is_stale: Callable[[VerificationRow | Planted], bool] = lambda measured: False,
) -> str:
    """The page. ``is_stale`` tells what was measured with other sources than there are now."""

    def name(measured: VerificationRow | Planted) -> str:
        return f"`{measured.macro}`" + f" {OTHER}" * is_stale(measured)

    share = "" if table.most is None else f" --most {table.most}"
    sampled = (
        ""
        if table.most is None
        else (f", at most {table.most} of each kind, chosen by a seed, the same in each run")
    )
    lines = [
        line(
            (
                name(row),
                row.oracle or "–",
                str(row.specifications),
                str(row.points),
                _share(*row.lines),
                _share(*row.toggles),
                _proved(row),
                _killed([row.source]),
                _killed([row.netlist]),
            )
        )
        for row in table.rows
    ]
    total = (
        _killed([row.source for row in table.rows]),
        _killed([row.netlist for row in table.rows]),
    )
    lines.append(f"| **all** | | | | | | | {total[0]} | {total[1]} |")
    text = HEAD.format(share=share, sampled=sampled) + "\n".join(lines) + "\n"
    if any(map(is_stale, table.rows)) or any(map(is_stale, table.planted)):
        text += MARKED
    if left := [f"`{each}`" for each in macros() if table.row(each) is None]:
        text += f"\nNot measured yet: {', '.join(left)}.\n"
    text += "\n## Survivors\n\nWhat was tried and not noticed, by line.\n\n"
    text += "\n".join(
        f"- `{row.macro}`: `{survivor.told}`" for row in table.rows for survivor in row.survivors
    )
    return text + _planted_markdown(table.planted, name)


def _killed(mutants: Sequence[Mutants]) -> str:
    killed, tried = sum(score.killed for score in mutants), sum(score.tried for score in mutants)
    return f"{killed} of {tried} ({_share(killed, tried)})" if tried else "–"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _proved(row: VerificationRow) -> str:
    if row.proved is None:
        return "–"
    return f"{row.proved} + {row.searched}" if row.searched else f"{row.proved}"


PLANTED_COLUMNS = ("macro", "bug", "first mismatch")


def _planted_markdown(planted: Sequence[Planted], name: Callable[[Planted], str]) -> str:
    if not planted:
        return "\n"
    text = (
        "\n\n## Planted bugs\n\nOf the kinds that benches miss, one at a time, and what "
        "`neuroloom verify` says of each.\n"
    )
    for kind in dict.fromkeys(bug.kind for bug in planted):
        rows = [(name(bug), bug.what, _said(bug)) for bug in planted if bug.kind == kind]
        lines = markdown_table(PLANTED_COLUMNS, rows, numbers=())
        text += "\n".join(["", f"### {kind[0].upper()}{kind[1:]}", "", *lines, ""])
    return text


def _said(bug: Planted) -> str:
    if not bug.caught:
        return "**passes**"
    return bug.message.replace("\n", " ") or bug.bench
