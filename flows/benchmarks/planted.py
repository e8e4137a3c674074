"""Bugs of the kinds that benches miss, planted one at a time: what ``verify`` says of each.

A bug is a change of the text of one module. The list is for people who ask what a passed
``verify`` is worth; ``neuroloom mutate`` asks the same of every change it can think of.
"""

from collections.abc import Callable, Sequence

from neuroloom.flows.benchmarks.bugs import BUGS, Bug
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.mutation.forks import forked
from neuroloom.flows.mutation.source import module_of
from neuroloom.flows.mutation.trial import BenchTrial, Verdict, judge, netlist_digest
from neuroloom.flows.verilog.emit import netlist
from neuroloom.verif.companions import passed_lines

SECONDS = 120.0
"""Processor time after which no further bench is begun on a bug."""


def judged(
    bugs: Sequence[Bug] = BUGS, workers: int = 2, progress: Callable[[str], None] = lambda _: None
) -> dict[Bug, Verdict]:
    """What the benches of ``verify``, companions included, say of each bug.

    That they pass on the unchanged hardware is not looked at here.
    """
    benches: dict[str, list[BenchTrial]] = {}
    for name in dict.fromkeys(bug.macro for bug in bugs):
        progress(f"{name}: companions")
        benches[name] = _benches(name)
    verdicts = {}

    def one(bug: Bug) -> dict[str, object]:
        return judge(bug, benches[bug.macro], SECONDS).model_dump(mode="json")

    for ended in forked(one, list(bugs), 2 * SECONDS, workers):
        verdicts[ended.task] = Verdict.model_validate(ended.answer or {"found": "hangs"})
        progress(f"{ended.task.macro}: {ended.task.what}")
    return {bug: verdicts[bug] for bug in bugs}


def _benches(name: str) -> list[BenchTrial]:
    """Companions and the default specification, those of little hardware first."""
    entry = macro(name)
    spec = entry.standard
    assert spec is not None
    specs = {name: spec} | {
        f"companion {number}": companion.spec
        for number, companion in enumerate(entry.companions(spec, fixed=False), 1)
    }
    sizes = {name: len(netlist(entry.component(each), entry.name)) for name, each in specs.items()}
    return [
        BenchTrial(
            name,
            specs[name],
            netlist=netlist_digest(specs[name]),
            seconds=SECONDS,
            lines=frozenset(
                (module_of(file), line) for file, line in passed_lines(specs[name], entry.component)
            ),
        )
        for name in sorted(specs, key=sizes.__getitem__)
    ]
