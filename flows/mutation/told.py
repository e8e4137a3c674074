"""What is printed of a score."""

from typing import Any

from rich.text import Text

from neuroloom.flows.mutation.result import Score, Tally, Tried
from neuroloom.flows.mutation.trial import LONGEST
from neuroloom.flows.tools.terminal import out, table


def print_score(score: Score) -> None:
    """The counts, then each survivor with its line."""
    columns = (
        "mutants of",
        ">tried",
        ">killed",
        ">survived",
        ">not reached",
        ">score",
        ">equivalent",
    )
    tallies = [tally for tally in (score.source, score.netlist) if tally.candidates]
    out.print(table(columns, map(_row, tallies), f"mutants of {score.macro}"))
    for sentence in remarks(score):
        out.print(sentence, style="dim", soft_wrap=True)
    for survivor in score.all.survivors:
        out.print()
        for line in told(survivor):
            out.print(line, soft_wrap=True)


def _row(tally: Tally) -> tuple[Any, ...]:
    return (
        f"the {tally.kind}",
        tally.tried,
        tally.killed,
        len(tally.survivors) - tally.unreached,
        tally.unreached,
        f"{tally.percent:.1f} %",
        len(tally.equivalent),
    )


def remarks(score: Score) -> list[str]:
    """What the counts do not say."""
    sentences = []
    chosen, candidates = len(score.all.mutants), score.all.candidates
    if chosen < candidates:
        sentences.append(f"a share: {chosen} of {candidates} mutants, chosen by seed {score.seed}")
    if score.netlist.candidates and score.netlist_of != score.macro:
        sentences.append(f"the netlist is that of {score.netlist_of}")
    late = [bench.name for bench in score.benches if bench.late]
    if late:
        sentences.append(
            f"left out, for a run takes more than {LONGEST:g} s in amaranth.sim: {', '.join(late)}"
        )
    elsewhere = sum(mutant.verdict.found == "elsewhere" for mutant in score.all.mutants)
    if elsewhere:
        sentences.append(f"killed by benches of other macros with the same part: {elsewhere}")
    return [*sentences, *filter(None, [score.remark])]


def told(survivor: Tried) -> tuple[Text, ...]:
    """Place and line of a survivor, and what became of what."""
    mutant = survivor.mutant
    why = "no bench reaches it" if survivor.verdict.found == "unreached" else "not noticed"
    return (
        Text.assemble((mutant.where, "bold"), f"  {mutant.operator}: {why}"),
        Text(f"    {mutant.text}"),
        Text.assemble("    ", (mutant.before, "red"), "  became  ", (mutant.after, "green")),
    )
