"""Fields that a specification calls unused do nothing, and those it does not do something."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, ValidationError
from support.effort import THOROUGH, effort

from neuroloom.flows.macros.catalogue import Macro, macros
from neuroloom.flows.macros.parameters import parameters
from neuroloom.flows.verilog.emit import netlist
from neuroloom.flows.verilog.header import header
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.events.arbiter import ArbiterSpec, Policy
from neuroloom.golden.formats import Rounding
from neuroloom.golden.learning.plastic_core import PlasticCoreSpec, Rule
from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec
from neuroloom.golden.spec import Spec
from neuroloom.golden.unused import is_unused, unused_fields

LARGE = {"bnn_layer", "bnn_network", "neuron_core", "plastic_core", "rram_layer", "zero_skip"}
"""Macros whose default takes a second and more to build."""
COMPOSED = {"bnn_conv_network", "bnn_network", "crossbar_chip"}
"""Macros of parts that are tried alone."""
SEEDS = range(effort(1, 12))
Path = tuple[str, ...]
MEANT = {
    "input_memory.order",
    "dataflow_controller.order",
    "imc_core.dataflow.order",
    "rram_layer.tile_rows",
}
"""Fields that say what tokens mean, where images are square, or how the memory outside is cut."""


def leaves(model: BaseModel, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Path, value and type of every field, in a list of models those of the first."""
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from leaves(value, (*path, name))
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            yield from leaves(value[0], (*path, name, "0"))
        else:
            yield (*path, name), value, field.annotation


def others(spec: Spec, path: Path, value: Any) -> Iterator[Spec]:
    """The specification with other values of that field, where it allows any."""
    candidates: list[Any] = []
    if isinstance(value, Enum):
        candidates = [each for each in type(value) if each is not value]
    elif isinstance(value, bool):
        candidates = [not value]
    elif isinstance(value, int):
        candidates = [value + 1, value - 1, 2 * value, value // 2, value + 2, 0, 1, 3, 1000]
    for candidate in candidates:
        fields = spec.model_dump(mode="json", exclude_none=True)
        inside: Any = fields
        for step in path[:-1]:
            inside = inside[int(step)] if isinstance(inside, list) else inside[step]
        inside[path[-1]] = candidate
        try:
            other = type(spec).model_validate(fields)
        except ValidationError:
            continue
        if other != spec:
            yield other


def promised(spec: Spec) -> tuple[str, ...]:
    """What is told of the hardware of a specification: ports, promises, memories, parts."""
    faces = (spec.streams, spec.contract, spec.memory_map, spec.inventory)
    return tuple(map(repr, faces))


def made(macro: Macro, spec: Spec) -> tuple[str, ...]:
    """All that depends on a specification: the hardware, and what is told of it."""
    return netlist(macro.component(spec), macro.name), *promised(spec)


def differ(macro: Macro, spec: Spec, other: Spec) -> bool:
    """Whether anything does; the hardware is only looked at where all that is told is equal."""
    return promised(spec) != promised(other) or made(macro, spec) != made(macro, other)


@pytest.mark.parametrize("name", [each for each in macros() if each not in effort(COMPOSED, set())])
def test_what_is_called_unused_changes_nothing(name: str) -> None:
    macro = macros()[name]
    random = [macro.stimulus_type.random_spec(np.random.default_rng(seed)) for seed in SEEDS]
    whole = [] if macro.name in LARGE else [macro.spec()]
    for spec in (*whole, *random):
        unused = unused_fields(spec)
        paths = [
            (path, value) for path, value, _ in leaves(spec) if is_unused(".".join(path), unused)
        ]
        changed = spec  # in all of them
        for path, value in paths:
            changed = next(others(changed, path, value), changed)
        if changed == spec:
            continue
        base = made(macro, spec)
        if THOROUGH or made(macro, changed) != base:
            for path, value in paths:
                for other in others(spec, path, value):
                    assert made(macro, other) == base, f"{'.'.join(path)} of {spec!r}"
            assert made(macro, changed) == base, f"all that is unused, at once, of {spec!r}"


@pytest.mark.regression
@pytest.mark.parametrize("name", [each for each in macros() if each not in effort(LARGE, set())])
def test_what_is_not_called_unused_changes_something(name: str) -> None:
    macro = macros()[name]
    spec = macro.spec()
    unused = unused_fields(spec)
    for path, value, _ in leaves(spec):
        field = ".".join(path)
        if is_unused(field, unused) or f"{name}.{field}" in MEANT:
            continue
        changed = list(others(spec, path, value))
        does = not changed or any(differ(macro, spec, other) for other in changed)
        assert does, f"{field} does nothing in {spec!r}"


@pytest.mark.parametrize(
    ("spec", "unused", "used"),
    [
        (RequantizeSpec(), {"seed"}, {"rounding"}),
        (RequantizeSpec(rounding=Rounding.STOCHASTIC), set(), {"seed"}),
        (ArbiterSpec(), {"arity", "weights", "release"}, {"hold"}),
        (ArbiterSpec(policy=Policy.TREE), {"weights", "release"}, {"arity"}),
        (PlasticCoreSpec(), {"calcium", "neuron.seed"}, {"stdp", "stdp.trace_bits"}),
        (PlasticCoreSpec(rule=Rule.CALCIUM), {"stdp"}, {"calcium"}),
        (NeuronCoreSpec(), {"entries", "neuron.noise", "neuron.time_bits"}, {"neuron.leak_bits"}),
    ],
    ids=lambda value: getattr(value, "macro", ""),
)
def test_unused_fields_are_marked_where_they_are_shown(
    spec: Spec, unused: set[str], used: set[str]
) -> None:
    assert unused <= unused_fields(spec)
    rows = {each.name: each for each in parameters(spec)}
    top = header(spec, "top")
    for name in unused:
        assert not rows[name].used
        assert rows[name].value == "" or rows[name].meaning.endswith("; does nothing here")
        assert f"  {name} = " not in top
        assert f"  {name}." not in top
    for name in used:
        assert rows[name].used
        assert f"  {name} = " in top or f"  {name}." in top
