"""Which sources a row of verification, and a verdict on a mutant, rest on."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from support.effort import effort

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.mutation import sources
from neuroloom.flows.mutation.source import module_of
from neuroloom.flows.mutation.sources import code_digest, file_of, is_module, modules_of
from neuroloom.verif.companions import passed_lines

PATHS = {name: entry.path for name, entry in macros().items()}
RUN = """
import json, sys
from importlib import import_module
import numpy as np
path, stem = sys.argv[1:]
from neuroloom.verif.companions import passed_lines
from neuroloom.verif import cocotb_simulator, regimen, simulator
spec = getattr(import_module(f"neuroloom.golden.{path}"), stem + "Spec")()
component = getattr(import_module(f"neuroloom.hdl.{path}"), stem)
stimulus = getattr(import_module(f"neuroloom.verif.{path}"), stem + "Stimulus")
rng = np.random.default_rng(1)
for each in (spec, *(stimulus.random_variant(rng) for _ in range(8))):
    passed_lines(each, component)
stimulus(spec).corners(), stimulus(spec).random(rng, 10), spec.model()
print(json.dumps([name.partition(".")[2] for name in sys.modules if name.startswith("neuroloom.")]))
"""
"""Elaborates a macro and makes its traffic without any flow, and tells what was imported."""


@pytest.mark.parametrize("name", ["popcount", "event_merge", "bnn_network"])
@pytest.mark.regression
def test_what_is_imported_takes_part_and_nothing_else(name: str) -> None:
    entry = macros()[name]
    words = [sys.executable, "-c", RUN, entry.path, entry.stem]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    used = {module for module in json.loads(done.stdout) if is_module(module)}
    stated = {each for each in modules_of(entry.path) if not each.endswith("_properties")}
    assert used <= stated
    idle = {each for each in stated - used if entry.has_properties and each.startswith("verif.")}
    if name == "bnn_network":  # hardware beside models that its parts and its chain count with
        idle |= {"hdl.arith.pipeline", "hdl.arith.popcount"}
        idle |= {"hdl.bnn.max_pool", "hdl.bnn.sliding_window"}
    assert stated - used == idle


@pytest.mark.regression
@pytest.mark.parametrize("name", list(PATHS)[:: effort(6, 1)])
def test_all_that_companions_elaborate_takes_part(name: str) -> None:
    entry = macros()[name]
    spec = entry.standard
    assert spec is not None
    stated = modules_of(entry.path)
    for each in (spec, *(one.spec for one in entry.companions(spec, fixed=False))):
        passed = {f"hdl.{module_of(file)}" for file, _ in passed_lines(each, entry.component)}
        assert {module.removesuffix(".__init__") for module in passed} <= stated


def test_every_part_of_a_composition_takes_part() -> None:
    stated = modules_of("systems.bnn_network")
    assert {"hdl.bnn.layer", "hdl.streams.width_adapter", "hdl.composition"} <= stated
    assert "hdl.bnn.layer" not in modules_of("bnn.max_pool")
    assert not any(each.startswith("flows") for each in stated)


@contextmanager
def edited(
    module: str, change: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Inside, the text of a module is another one."""
    file = file_of(module)
    assert file is not None
    tree = ast.parse(change(file.read_text()))

    def replaced(true: Any) -> Callable[[str], Any]:
        return lambda one: true.__wrapped__(one) if one == module else true(one)

    with monkeypatch.context() as patch:
        true_tree = sources._tree
        patch.setattr(sources, "_tree", lambda one: tree if one == module else true_tree(one))
        for name in ("_code", "_imported", "_has_spec"):
            patch.setattr(sources, name, replaced(getattr(sources, name)))
        modules_of.cache_clear()
        yield
    modules_of.cache_clear()


def changed(module: str, change: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The macros whose digest an edit of a module changes."""
    before = {name: code_digest(path) for name, path in PATHS.items()}
    with edited(module, change, monkeypatch):
        return {name for name, path in PATHS.items() if before[name] != code_digest(path)}


@pytest.mark.parametrize(
    ("module", "macros_with_it"),
    [
        ("hdl.events.drop_counter", {"router", "mesh", "crossbar_chip"}),
        ("verif.events.event_dedupe", {"event_dedupe"}),
        ("verif.events.event_dedupe_properties", {"event_dedupe"}),
        (  # the layer over tiles counts its tokens with the model of the adapter
            "hdl.streams.width_adapter",
            {"width_adapter", "bnn_network", "bnn_conv_network", "rram_layer"},
        ),
        ("verif.regimen", set(PATHS)),
        ("hdl.component", set(PATHS)),
        ("verif.unreached", set()),
    ],
)
def test_an_edit_changes_the_macros_that_use_the_module(
    module: str, macros_with_it: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def longer(text: str) -> str:
        return f"{text}\nMORE = 1\n"

    assert changed(module, longer, monkeypatch) == macros_with_it


def test_an_import_that_an_edit_adds_takes_part(monkeypatch: pytest.MonkeyPatch) -> None:
    def importing(text: str) -> str:
        return f"{text}\n\ndef late() -> None:\n    from neuroloom.golden.events import mesh\n"

    before = modules_of("arith.popcount")
    with edited("hdl.arith.popcount", importing, monkeypatch):
        assert modules_of("arith.popcount") - before >= {"golden.events.mesh"}
    assert modules_of("arith.popcount") == before


def test_comments_and_docstrings_are_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def told(text: str) -> str:
        after = text.split('"""', 2)[2]
        return f'"""Another sentence."""\n\n# why\n{after}'

    assert changed("hdl.arith.popcount", told, monkeypatch) == set()
