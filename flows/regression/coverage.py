"""Points of functional coverage in the XML form of cocotb-coverage.

That package merges such files (``cocotb_coverage.coverage.merge_coverage``), and pyucis reads them
into a UCIS database (``pyucis convert --input-format cocotb-xml``), which knows no cover groups
within others. Below ``top`` stands a group for each specification, in it a cover point for each
seed, whose bins are the macro's points; a bin has one hit where the run reached it.
"""

import hashlib
from collections.abc import Sequence
from xml.etree import ElementTree

from neuroloom.flows.regression.result import RegressionRun
from neuroloom.flows.sweep.table import cell
from neuroloom.golden.wording import visible

DIGITS = 8
"""Digits of the digest that names a specification."""


def coverage_xml(runs: Sequence[RegressionRun]) -> str:
    """The text of the file; runs that ended before their points were counted are not in it."""
    top = ElementTree.Element("top", abs_name="top")
    for run in runs:
        if run.covered:
            spec = _child(top, _spec_name(run))
            words = " ".join(f"{name}={cell(value)}" for name, value in run.fields.items())
            spec.set("specification", visible(words))
            _add_seed(spec, run)
    _sum_up(top)
    ElementTree.indent(top)
    text: str = ElementTree.tostring(top, "unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _spec_name(run: RegressionRun) -> str:
    """Equal specifications are called the same in every file, so that their hits are summed."""
    fields = repr(sorted(run.fields.items())).encode()
    return f"{run.macro}_{hashlib.sha256(fields).hexdigest()[:DIGITS]}"


def _add_seed(spec: ElementTree.Element, run: RegressionRun) -> None:
    point = _child(spec, f"seed{run.seed}")
    if len(point):  # the same run, asked for twice
        return
    hits = sum(run.covered.values())
    point.attrib |= {"size": str(len(run.covered)), "coverage": str(hits)}
    point.attrib |= {"weight": "1", "at_least": "1"}
    for number, (name, hit) in enumerate(run.covered.items()):
        bin_ = _child(point, f"bin{number}")
        bin_.attrib |= {"bin": visible(name), "hits": str(int(hit))}


def _child(parent: ElementTree.Element, tag: str) -> ElementTree.Element:
    """The element of that tag, a new one where there is none."""
    known = parent.find(tag)
    name = f"{parent.get('abs_name')}.{tag}"
    return ElementTree.SubElement(parent, tag, abs_name=name) if known is None else known


def _sum_up(element: ElementTree.Element) -> tuple[int, int]:
    """Size and coverage of an element, which are those of its children together."""
    if element.get("at_least") is None:
        sums = [_sum_up(child) for child in element]
        size, coverage = (sum(column) for column in zip(*sums, strict=True)) if sums else (0, 0)
        element.attrib |= {"size": str(size), "coverage": str(coverage)}
    size, coverage = int(element.get("size", 0)), int(element.get("coverage", 0))
    element.set("cover_percentage", f"{100 * coverage / size if size else 0:.2f}")
    return size, coverage
