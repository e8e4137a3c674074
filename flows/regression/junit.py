"""Runs as JUnit XML, the form in which continuous integration takes the outcomes of tests."""

from collections.abc import Sequence
from xml.etree import ElementTree

from neuroloom.flows.regression.result import PASSED, RegressionRun
from neuroloom.flows.sweep.table import cell
from neuroloom.golden.wording import visible

FAILED = "failed"
"""Status of a run in which hardware and model disagree; all others that do not pass are errors."""
MEASURED = ("operations", "tokens", "cycles", "latency", "interval")


def junit(title: str, runs: Sequence[RegressionRun]) -> str:
    """The text of an XML file: a test suite with a case for each specification and seed.

    A mismatch is a failure; a run that crashed or was stopped is an error. Fields and what was
    measured are properties of the case.
    """
    wrong = [run for run in runs if run.outcome.status == FAILED]
    errors = [run for run in runs if run.outcome.status not in (PASSED, FAILED)]
    counts = {
        "tests": str(len(runs)),
        "failures": str(len(wrong)),
        "errors": str(len(errors)),
        "time": f"{sum(run.outcome.seconds for run in runs):.3f}",
    }
    suites = ElementTree.Element("testsuites", {"name": "neuroloom", **counts})
    suite = ElementTree.SubElement(suites, "testsuite", {"name": title, **counts, "skipped": "0"})
    names: dict[str, int] = {}
    for run in runs:
        name = _name(run)
        names[name] = names.get(name, 0) + 1
        _add(suite, run, name if names[name] == 1 else f"{name} ({names[name]})")
    ElementTree.indent(suites)
    text: str = ElementTree.tostring(suites, "unicode", xml_declaration=False)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _name(run: RegressionRun) -> str:
    """The specification and the seed, as in the line that repeats the run."""
    words = " ".join(f"{name}={cell(value)}" for name, value in run.fields.items())
    return _clean(f"{words} seed={run.seed}")


def _add(suite: ElementTree.Element, run: RegressionRun, name: str) -> None:
    outcome = run.outcome
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=f"neuroloom.{run.macro}",
        name=name,
        time=f"{outcome.seconds:.3f}",
    )
    properties = ElementTree.SubElement(case, "properties")
    measured = {name: outcome.report.get(name) for name in MEASURED}
    listed = {
        **run.fields,
        "seed": run.seed,
        "simulator": outcome.simulator,
        **measured,
        "not covered": ", ".join(run.missed) or None,
    }
    for key, value in listed.items():
        if value is not None:
            ElementTree.SubElement(properties, "property", name=key, value=_clean(str(cell(value))))
    if run.passed:
        return
    kind = "failure" if outcome.status == FAILED else "error"
    told = [*outcome.inputs, f"repeat it with: {run.repeat}"]
    told += [f"smallest that fails: {run.smallest}"] if run.smallest else []
    element = ElementTree.SubElement(
        case, kind, type=outcome.status, message=_clean(outcome.message)
    )
    element.text = _clean("\n".join([outcome.message, *told]))


def _clean(text: str) -> str:
    """The text without what XML cannot hold."""
    return visible(text, "\n\t")
