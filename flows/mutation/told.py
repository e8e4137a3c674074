"""What is printed of a score."""

from rich.text import Text

from neuroloom.flows.mutation.score import Score, Tried
from neuroloom.flows.mutation.trial import LONGEST
from neuroloom.flows.terminal import out, table


def print_score(score: Score) -> None:
    """The count, then each survivor with its line."""
    row = (
        score.counted, score.killed, len(score.survivors) - score.unreached, score.unreached,
        f"{score.percent:.1f} %", len(score.equivalent),
    )  # fmt: skip
    columns = (">tried", ">killed", ">survived", ">not reached", ">score", ">equivalent")
    out.print(table(columns, [row], f"mutants of {score.macro}"))
    for sentence in remarks(score):
        out.print(sentence, style="dim", soft_wrap=True)
    for survivor in score.survivors:
        out.print()
        for line in told(survivor):
            out.print(line, soft_wrap=True)


def remarks(score: Score) -> list[str]:
    """What the count does not say."""
    sentences = []
    if len(score.tried) < score.candidates:
        sentences.append(
            f"a share: {len(score.tried)} of {score.candidates} mutants, chosen by seed "
            f"{score.seed}"
        )
    late = [bench.name for bench in score.benches if bench.late]
    if late:
        sentences.append(
            f"left out, for a run takes more than {LONGEST:g} s in amaranth.sim: {', '.join(late)}"
        )
    elsewhere = sum(each.verdict.found == "elsewhere" for each in score.tried)
    if elsewhere:
        sentences.append(f"killed by benches of other macros with the same part: {elsewhere}")
    return sentences


def told(survivor: Tried) -> tuple[Text, ...]:
    """Where it is, its line, and what became of what."""
    mutant = survivor.mutant
    why = "no bench reaches it" if survivor.verdict.found == "unreached" else "not noticed"
    return (
        Text.assemble((mutant.where, "bold"), f"  {mutant.operator}: {why}"),
        Text(f"    {mutant.text}"),
        Text.assemble("    ", (mutant.before, "red"), "  became  ", (mutant.after, "green")),
    )
