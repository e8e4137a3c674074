"""Figures of papers: in ``printed.py`` alone, each at the place where its paper prints it."""

import ast
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support.papers import PAPERS, numbers, paper_of, part
from support.places import ROOT

from neuroloom.flows.reports.figures import Printed
from neuroloom.flows.reproduce.systems import systems

SYSTEMS = pytest.mark.parametrize("name", systems())


def printed_of(name: str) -> ModuleType:
    package, _, _ = systems()[name].module.rpartition(".")
    return import_module(f"{package}.printed")


def values(made: Any, where: str) -> Iterator[tuple[str, Any]]:
    """All numbers of a value, with where they stand."""
    if isinstance(made, bool | str):
        return
    if isinstance(made, int | float):
        yield where, made
    elif is_dataclass(made) and not isinstance(made, type):
        for field in fields(made):
            yield from values(getattr(made, field.name), f"{where}.{field.name}")
    elif isinstance(made, dict):
        for key, each in made.items():
            yield from values(each, f"{where}[{key!r}]")
    elif isinstance(made, tuple | list | set | frozenset):
        for at, each in enumerate(made):
            yield from values(each, f"{where}[{at}]")


def held(name: str) -> list[tuple[str, Any]]:
    """All numbers that the module of a paper's figures holds for others."""
    module = printed_of(name)
    assigned = {
        target.id
        for node in ast.parse(Path(str(module.__file__)).read_text()).body
        if isinstance(node, ast.Assign)
        for each in node.targets
        for target in (each.elts if isinstance(each, ast.Tuple) else [each])
        if isinstance(target, ast.Name)
    }
    return [each for place in sorted(assigned) for each in values(getattr(module, place), place)]


@SYSTEMS
def test_a_printed_figure_has_its_place(name: str) -> None:
    found = held(name)
    assert any(isinstance(value, Printed) for _, value in found)
    without = [where for where, value in found if not isinstance(value, Printed)]
    assert not without, f"these have no place: {without}"


@SYSTEMS
def test_a_figure_is_told_from_all_others_by_place_and_value(name: str) -> None:
    """What has both alike counts once: two cells of a table must say their row and column."""
    found: dict[tuple[str, float], tuple[str, Any]] = {}
    for where, value in held(name):
        before, other = found.setdefault((value.place, float(value)), (where, value))
        assert other is value, f"{where} and {before} are both {value:g} of {value.place}"


def test_printed_figures_stand_in_their_modules_alone() -> None:
    outside = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in sorted((ROOT / "flows").rglob("*.py"))
        if not (file.name == "printed.py" and file.parent.parent.name == "reproduce")
        if "Printed" in (text := file.read_text())
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Printed"
    ]
    assert not outside, f"move these figures to printed.py: {outside}"


@SYSTEMS
def test_the_paper_prints_each_figure_where_it_is_said_to(name: str) -> None:
    if not PAPERS.is_dir():
        pytest.skip("the texts of the papers are not beside the project")
    file = paper_of(systems()[name].paper)
    assert file is not None, f"{PAPERS.name} has no text of {systems()[name].paper}"
    text = file.read_text()
    wrong = []
    for where, value in held(name):
        try:
            if Decimal(repr(float(value))) not in numbers(part(text, value.place)):
                wrong.append(f"{where} = {value:g} is not in {value.place}")
        except AssertionError as error:
            wrong.append(f"{where} = {value:g}: {error}")
    assert not wrong, "\n".join(wrong)
