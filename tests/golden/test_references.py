"""Every golden model against its reference, and what references may know of the project."""

import ast
from collections.abc import Callable, Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import references
from pydantic import BaseModel
from references import MODULES, ORACLES
from support.agreement import agree, declared
from support.effort import effort

from neuroloom.flows.macros.catalogue import macros
from neuroloom.golden import formats
from neuroloom.golden.arith import lfsr
from neuroloom.golden.bnn import layer_model
from neuroloom.golden.cim import adc_post_model
from neuroloom.golden.cim.accumulator_bank import AccumulatorBankSpec
from neuroloom.golden.formats import IntegerFormat
from neuroloom.golden.imc import pixel_pool
from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.golden.learning import stdp, stdp_model
from neuroloom.golden.neurons import integrate_and_fire, lif_update
from neuroloom.golden.ports import Traffic
from neuroloom.golden.spec import Spec

FILES = sorted(Path(references.__file__).parent.rglob("*.py"))


def drawn(macro: str, seed: int) -> tuple[Spec, Traffic, list[Traffic]]:
    """A random specification of the macro, a load and several calls' traffic for it."""
    rng = np.random.default_rng(seed)
    kind = macros()[macro].stimulus_type
    stimulus = kind(kind.random_spec(rng))
    setup = stimulus.setup(rng) or {}
    return stimulus.spec, setup, [stimulus.corners(), *(stimulus.random(rng, 5) for _ in "ab")]


def compare(macro: str, seed: int) -> None:
    spec, setup, parts = drawn(macro, seed)
    try:
        agree(spec, setup, *parts)
    except AssertionError as error:
        raise AssertionError(f"{macro}, seed {seed}: {error}") from error


def test_every_macro_has_a_reference_in_its_area() -> None:
    assert set(ORACLES) == set(macros())
    assert all(ORACLES.values())
    for macro, module in MODULES.items():
        assert module.split(".")[1] == macros()[macro].area, macro


@pytest.mark.parametrize("seed", range(effort(12, 120)))
@pytest.mark.parametrize("macro", ORACLES)
def test_the_model_equals_its_reference(macro: str, seed: int) -> None:
    compare(macro, seed)


# What both the model and the hardware take from one place: wrong there, it is wrong in both, and
# only the reference can tell.


def one_more(function: Any) -> Any:
    return lambda *arguments: function(*arguments) + 1


def even(function: Any) -> Any:
    return lambda *arguments: function(*arguments) // 2 * 2


def later(function: Any) -> Any:
    """A time constant that is a quarter too long."""
    return lambda amplitude, tau: function(amplitude, tau + (tau + 3) // 4)


def too_little(function: Any) -> Any:
    """Tables that are off by one behind their first entry."""
    return lambda *arguments: [value - (n > 0) for n, value in enumerate(function(*arguments))]


def floored(function: Any) -> Any:
    return lambda exact, shift, rounding: exact >> shift


def higher_thresholds(function: Any) -> Any:
    def integrate(options: Any, given: Any) -> Any:
        done = function(options, given)
        return {**done, "reached": done["reached"] + 1} if "reached" in done else done

    return integrate


def finer(function: Any) -> Any:
    def reciprocal(count: int, bits: int = 16) -> tuple[int, int]:
        multiplier, shift = function(count, bits)
        return (multiplier - 1 if multiplier > 1 else 1), shift

    return reciprocal


def shifted_lanes(function: Any) -> Any:
    return lambda spec, window: function(spec, min(window + 1, spec.windows - 1))


def swapped(function: Any) -> Any:
    """Words of a bank in one another's places."""
    return lambda spec, precision, word: function(
        spec, precision, (word + 1) % spec.words[precision]
    )[::-1]


def narrower(function: Any) -> Any:
    return property(lambda fmt: function.fget(fmt) - 1)


def other_taps(taps: dict[int, int]) -> dict[int, int]:
    """Another primitive polynomial of degree 32."""
    return {**taps, 32: 0xA300_0000}


FAULTS: dict[str, tuple[str, object, str, Callable[[Any], Any]]] = {
    "decay of a trace": ("stdp", stdp_model, "decay_shift", one_more),
    "decay of traces in a core": ("plastic_core", stdp_model, "decay_shift", one_more),
    "window of a pair": ("stdp", stdp, "table", later),
    "half-life of a pair": ("stdp", stdp, "half_life_shift", one_more),
    "decay over several ticks": ("lif", lif_update, "multipliers", too_little),
    "decay of a membrane": ("neuron_core", lif_update, "shift_leak", one_more),
    "leak of a membrane": ("lif", lif_update, "constant_leak", one_more),
    "rounding": ("requantize", formats, "_rounded", floored),
    "rounding of an activation": ("activation", formats, "_rounded", floored),
    "rounding of pixels": ("digital_processor", formats, "_rounded", floored),
    "threshold of a neuron": ("lif", lif_update, "integrate", higher_thresholds),
    "threshold of an integrator": (
        "integrate_and_fire",
        integrate_and_fire,
        "update",
        lambda function: (
            lambda options, given: function(
                options,
                {**given, "threshold": given["threshold"] + 1}
                if "threshold" in given
                else {**given, "input": given["input"] + 1},
            )
        ),
    ),
    "weight of an average": ("pixel_pool", pixel_pool, "reciprocal", finer),
    "address of a window": ("crossbar", CrossbarSpec, "starts", shifted_lanes),
    "address of a word": ("accumulator_bank", AccumulatorBankSpec, "places", swapped),
    "end of a range": ("requantize", IntegerFormat, "maximum", narrower),
    "end of a pixel's range": ("digital_processor", IntegerFormat, "maximum", narrower),
    "polynomial of the noise": ("stochastic_encoder", lfsr, "TAPS", other_taps),
    "codes of a converter": ("adc_post", adc_post_model, "flash_codes", even),
    "agreement of a bit": ("bnn_layer", layer_model, "count_matches", one_more),
}
"""Fault: macro, where it is planted, and what it makes of what stands there."""


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_in_model_and_hardware_alike_is_seen(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    macro, place, name, wrong = FAULTS[fault]
    monkeypatch.setattr(place, name, wrong(getattr(place, name)))
    assert any(disagrees(macro, seed) for seed in range(12)), f"{fault}: no seed of 12 shows it"


def disagrees(macro: str, seed: int) -> bool:
    try:
        compare(macro, seed)
    except AssertionError:
        return True
    return False


STANDARD = {
    "collections",
    "collections.abc",
    "dataclasses",
    "fractions",
    "functools",
    "importlib",
    "itertools",
    "math",
    "pathlib",
    "typing",
}


def improper(text: str) -> Iterator[str]:
    """What the text of a reference uses and may not."""
    tree = ast.parse(text)
    models: dict[str, type[BaseModel]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"import {each.name}" for each in node.names)
        if not isinstance(node, ast.ImportFrom):
            continue
        module = node.module or ""
        if not module.startswith("neuroloom.golden."):
            if module not in STANDARD and not module.startswith("references"):
                yield f"from {module}"
            continue
        for name in (each.name for each in node.names):
            kind = getattr(import_module(module), name)
            if isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not IntegerFormat:
                models[name] = kind
            elif not (isinstance(kind, type) and issubclass(kind, Enum)):
                yield f"{name} of {module}"
    yield from computed_by(tree, models)


def computed_by(tree: ast.Module, models: dict[str, type[BaseModel]]) -> Iterator[str]:
    """Calls of specifications, and reads of what is no declared field of any of them."""
    fields = {name for kind in models.values() for name in fields_of(kind)}
    computed = {name for kind in models.values() for name in dir(kind)} - fields - set(dir(object))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in models
        ):
            yield f"{node.func.id}()"
        if isinstance(node, ast.Attribute) and node.attr in computed:
            own = isinstance(node.value, ast.Name) and node.value.id == "self"
            if not own:
                yield f".{node.attr}"


def fields_of(kind: type[BaseModel]) -> Iterator[str]:
    """Those of the specifications that it holds among them."""
    for name, field in kind.model_fields.items():
        yield name
        for held in (field.annotation, *get_args(field.annotation)):
            if isinstance(held, type) and issubclass(held, BaseModel):
                yield from fields_of(held)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_references_read_declared_fields_alone(file: Path) -> None:
    assert not list(improper(file.read_text()))


@pytest.mark.parametrize(
    "text",
    [
        "import numpy",
        "from numpy import exp",
        "from neuroloom.golden.learning.stdp_window import decay_shift",
        "from neuroloom.golden.imc.pixel_pool import reciprocal",
        "from neuroloom.golden.cim.closed_loop import ClosedLoop",
        "from neuroloom.golden.formats import IntegerFormat",
        "from neuroloom.golden.arith.lfsr import TAPS",
        "from neuroloom.golden.cim.adc_post import AdcPostSpec\nspec.result_format",
        "from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec\nself.spec.groups",
        "from neuroloom.golden.learning.stdp import StdpSpec\nStdpSpec()",
        "from neuroloom.golden.learning.stdp import StdpSpec\nspec.model()",
    ],
)
def test_a_reference_that_asks_the_model_is_refused(text: str) -> None:
    assert list(improper(text))


def test_a_reference_is_given_the_declared_fields() -> None:
    spec = declared(macros()["bnn_network"].spec())
    assert spec.layers[1].neurons == 10
    asked: tuple[Callable[[], object], ...] = (
        lambda: spec.layers[0].folds,
        lambda: spec.links,
        lambda: spec.model(),
    )
    for computed in asked:
        with pytest.raises(AttributeError):
            computed()
