"""Specifications, the catalogue, and which package may import which."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Shape
from pydantic.fields import FieldInfo
from support.imports import ROOT, imports

from neuroloom.flows.macros.catalogue import Macro, macros
from neuroloom.flows.macros.catalogue import macro as macro_called
from neuroloom.flows.macros.specification import read_spec, validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.composition import Composition
from neuroloom.golden.ports import port_name
from neuroloom.golden.spec import Spec
from neuroloom.hdl.component import field_shape
from neuroloom.hdl.ports.flat import FlatPorts

MACROS = pytest.mark.parametrize("macro", macros().values(), ids=macros())
FIELDS = [(macro, name) for macro in macros().values() for name in macro.spec.model_fields]
NAME = re.compile(r"[a-z][a-z0-9_]*")


def outside(info: FieldInfo) -> dict[str, tuple[Any, str]]:
    """Just outside each bound of a field: the value, and what the error must say."""
    values: dict[str, tuple[Any, str]] = {}
    for bound in info.metadata:
        for kind, limit in vars(bound).items() if not hasattr(bound, "__slots__") else slots(bound):
            match kind:
                case "ge":
                    values[kind] = (limit - 1, f"greater than or equal to {limit}")
                case "gt":
                    values[kind] = (limit, f"greater than {limit}")
                case "le":
                    values[kind] = (limit + 1, f"less than or equal to {limit}")
                case "lt":
                    values[kind] = (limit, f"less than {limit}")
    return values


def slots(bound: Any) -> list[tuple[str, Any]]:
    return [(name, getattr(bound, name)) for name in type(bound).__slots__]


BOUNDS = [
    pytest.param(macro, name, value, message, id=f"{macro.name}-{name}-{kind}")
    for macro, name in FIELDS
    for kind, (value, message) in outside(macro.spec.model_fields[name]).items()
]


@MACROS
def test_the_default_is_valid_and_round_trips(macro: Macro) -> None:
    spec = macro.spec()
    assert macro.spec.from_toml(spec.to_toml()) == spec
    assert macro.spec.model_validate_json(spec.model_dump_json()) == spec
    assert validate(macro, json.loads(spec.model_dump_json(exclude_none=True))) == spec


@MACROS
@pytest.mark.parametrize("seed", range(10))
def test_random_specs_round_trip(macro: Macro, seed: int) -> None:
    spec = macro.stimulus_type.random_spec(np.random.default_rng(seed))
    assert macro.spec.from_toml(spec.to_toml()) == spec, f"seed {seed}"
    assert macro.spec.model_validate_json(spec.model_dump_json()) == spec, f"seed {seed}"
    assert hash(spec) == hash(macro.spec.from_toml(spec.to_toml()))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('width = "9"', "valid integer"),
        ("width = true", "valid integer"),
        ("width = 9.0", "valid integer"),
        ("width = 0", "greater than"),
        ("widht = 9", "Extra inputs are not permitted"),
        ("width = 9\nwidth = 9", "Cannot overwrite"),
        ("width = 2024-01-01", "date or time"),
        ("style = 1", "Input should be"),
        ("width = [9", "Unclosed array"),
    ],
)
def test_a_document_is_read_as_strictly_as_the_command_line_does(
    document: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        macros()["popcount"].spec.from_toml(document)


def test_numbers_are_no_truth_values_in_a_document() -> None:
    with pytest.raises(ValueError, match=r"signed\n.*valid boolean"):
        macros()["accumulator"].spec.from_toml("signed = 1")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{}", "core_network needs nodes (each behind its sources)"),
        ('{"nodes": [{"name": "a"}]}', "needs nodes.0.sources (channels side by side)"),
        ('{"nodes": [{"name": "a", "source": []}]}', "'nodes.0.source'; did you mean 'sources'"),
    ],
)
def test_fields_that_are_missing_are_told_with_their_meaning(
    document: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "spec.json").write_text(document)
    with pytest.raises(UsageError, match=re.escape(message)):
        read_spec(macro_called("core_network"), (), tmp_path / "spec.json")


@MACROS
def test_unknown_fields_are_refused_with_the_nearest_name(macro: Macro) -> None:
    known = next(iter(macro.spec.model_fields))
    with pytest.raises(UsageError, match=f"no field '{known}s'; did you mean '{known}'"):
        validate(macro, {f"{known}s": 1})


@MACROS
def test_specs_are_frozen(macro: Macro) -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(macro.spec(), next(iter(macro.spec.model_fields)), None)


@pytest.mark.parametrize(("macro", "name", "value", "message"), BOUNDS)
def test_just_outside_a_bound(macro: Macro, name: str, value: int, message: str) -> None:
    with pytest.raises(UsageError, match=f"^{macro.name}: {name}={value} is wrong: .*{message}$"):
        validate(macro, {name: value})


def test_every_number_is_bounded_on_both_sides() -> None:
    for macro, name in FIELDS:
        info = macro.spec.model_fields[name]
        if info.annotation in (int, int | None):
            assert len(outside(info)) == 2, f"{macro.name}.{name}"


@pytest.mark.parametrize(("count", "message"), [(0, "at least 1 item"), (17, "at most 16 items")])
def test_number_of_layers(count: int, message: str) -> None:
    layer = {"inputs": 8, "neurons": 8, "pe": 8, "simd": 8}
    with pytest.raises(UsageError, match=message):
        validate(macros()["bnn_network"], {"layers": [layer] * count})


@pytest.mark.parametrize(("macro", "name"), FIELDS, ids=[f"{m.name}-{n}" for m, n in FIELDS])
def test_every_field_is_described(macro: Macro, name: str) -> None:
    assert macro.spec.model_fields[name].description


LAYER = {"inputs": 4, "neurons": 2, "pe": 2, "simd": 4}
FIXED = {**LAYER, "parameters": "fixed", "weights": ["f", "0"], "thresholds": [1, 2]}
NEXT = {"inputs": 2, "neurons": 2, "pe": 2, "simd": 2}


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("requantize", {"overflow": "error"}, r"-32768 to 32768: choose wrap or saturate"),
        (
            "xnor_popcount",
            {"lanes": 8, "folds": 2, "accumulator_bits": 4},
            "accumulator_bits=4 cannot hold 16 matches: give 5 bits",
        ),
        (
            "width_adapter",
            {"input_lanes": 6, "output_lanes": 4},
            "6 lanes cannot be repacked into 4: .*; 6 goes with 1, 2, 3, 6",
        ),
        ("bnn_layer", {**LAYER, "pe": 3}, "pe=3 is more than the 2 neurons"),
        ("bnn_layer", {**LAYER, "simd": 5}, "simd=5 is more than the 4 inputs"),
        ("bnn_layer", {**LAYER, "parameters": "fixed"}, "parameters=fixed needs weights"),
        ("bnn_layer", {**LAYER, "weights": ["f", "0"]}, "weights go with parameters=fixed"),
        ("bnn_layer", {**FIXED, "output": "scores"}, "thresholds go with .*output=bits"),
        ("bnn_layer", {**FIXED, "thresholds": None}, "thresholds go with .*output=bits"),
        ("bnn_layer", {**LAYER, "thresholds": [1, 2]}, "thresholds go with parameters=fixed"),
        ("bnn_layer", {**FIXED, "weights": ["f"]}, "weights has 1 rows for 2 neurons"),
        ("bnn_layer", {**FIXED, "weights": ["f", "xy"]}, "row 1 is not hexadecimal: 'xy'"),
        ("bnn_layer", {**FIXED, "weights": ["f", "10"]}, "row 1 does not fit in 4 bits"),
        ("bnn_layer", {**FIXED, "weights": ["f", "-1"]}, "row 1 is not hexadecimal: '-1'"),
        ("bnn_layer", {**FIXED, "weights": ["f", "0x1"]}, "row 1 is not hexadecimal: '0x1'"),
        ("bnn_layer", {**FIXED, "weights": ["f", "1_0"]}, "row 1 is not hexadecimal: '1_0'"),
        ("bnn_layer", {**FIXED, "thresholds": [1]}, "thresholds has 1 values for 2 neurons"),
        (
            "bnn_layer",
            {**FIXED, "thresholds": [1, 6]},
            r"threshold 1 is 6; it lies in 0 \(always\) to 5 \(never\)",
        ),
        ("bnn_layer", {**FIXED, "thresholds": [-1, 0]}, "threshold 0 is -1; it lies in 0"),
        (
            "bnn_network",
            {"layers": [{**LAYER, "output": "scores"}, NEXT]},
            "layer 0 gives scores: only the last layer may",
        ),
        (
            "bnn_network",
            {"layers": [LAYER, {**NEXT, "inputs": 3}]},
            "layer 0 gives 2 bits but layer 1 takes 3 bits",
        ),
        (
            "bnn_network",
            {"layers": [{**LAYER, "neurons": 6}, {**NEXT, "inputs": 6, "simd": 3}]},
            r"layer 0 gives 2 bits at once \(pe\) and layer 1 takes 3",
        ),
    ],
)
def test_fields_that_contradict_each_other(name: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"{name}: .*{message}"):
        validate(macros()[name], fields)


def test_fields_that_just_agree() -> None:
    validate(macros()["requantize"], {"overflow": "error", "output_bits": 17})
    validate(macros()["xnor_popcount"], {"lanes": 8, "folds": 2, "accumulator_bits": 5})
    validate(macros()["bnn_layer"], {**FIXED, "thresholds": [0, 5]})
    validate(macros()["bnn_network"], {"layers": [LAYER, {**NEXT, "simd": 1}]})


@MACROS
def test_every_macro_has_all_its_faces(macro: Macro) -> None:
    spec = macro.spec()
    assert NAME.fullmatch(macro.name)
    assert macro.spec.summary and "\n" not in macro.spec.summary
    assert macro.spec.source and macro.spec.__doc__
    follows = isinstance(spec, Composition) and type(spec).model is Composition.model
    model = "CompositionModel" if follows else f"{macro.stem}Model"
    assert type(spec.model()).__name__ == model
    assert type(macro.component(spec)).__name__ == macro.stem
    assert macro.stimulus(spec).spec is spec
    assert set(spec.contract.consumes) <= {stream.name for stream in spec.input_streams}
    assert set(spec.contract.produces) == {stream.name for stream in spec.output_streams}


@MACROS
@pytest.mark.parametrize("seed", [None, *range(5)])
def test_ports_are_those_of_the_streams(macro: Macro, seed: int | None) -> None:
    random = macro.stimulus_type.random_spec
    spec: Spec = macro.spec() if seed is None else random(np.random.default_rng(seed))
    flat = FlatPorts(macro.component(spec))
    expected = {"clk": (1, True), "rst": (1, True)}
    for stream in spec.streams:
        inward = stream.direction == "in"
        for control, with_token in zip(stream.controls, (True, False), strict=False):
            expected[port_name(stream, control)] = (1, inward is with_token)
        for field in stream.fields:
            assert Shape.cast(field_shape(field)).width == field.port_bits
            expected[port_name(stream, field.name)] = (field.port_bits, inward)
    ports = {name: (len(signal), flat.is_input(name)) for name, signal in flat.ports.items()}
    assert ports == expected, f"seed {seed}"
    assert list(ports) == list(expected)


ORDER = ["golden", "hdl", "verif", "flows"]
ALLOWED = {
    "golden": {"neuroloom", "numpy", "pydantic", "tomli_w"},
    "hdl": {"neuroloom", "numpy", "amaranth"},
    "verif": {"neuroloom", "numpy", "amaranth", "cocotb", "pydantic"},
}
OUTSIDE_WORLD = {"io", "os", "pathlib", "shutil", "socket", "subprocess", "tempfile"}


@pytest.mark.parametrize("layer", ORDER)
def test_imports_point_one_way(layer: str) -> None:
    files = sorted((ROOT / layer).rglob("*.py"))
    assert files
    for file in files:
        for name in imports(file):
            parts = name.split(".")
            if parts[0] == "neuroloom":
                assert ORDER.index(parts[1]) <= ORDER.index(layer), f"{file} imports {name}"
            if layer in ALLOWED:
                known = parts[0] in ALLOWED[layer] or parts[0] in sys.stdlib_module_names
                assert known and parts[0] not in OUTSIDE_WORLD, f"{file} imports {name}"


GOLDEN_ALONE = """
import sys, time
before = set(sys.modules)
begin = time.process_time()
import neuroloom.golden
seconds = time.process_time() - begin
import importlib, pkgutil
for module in pkgutil.walk_packages(neuroloom.golden.__path__, "neuroloom.golden."):
    importlib.import_module(module.name)
print(seconds, *{name.split(".")[0] for name in set(sys.modules) - before})
"""


def test_golden_needs_nothing_but_numpy_and_pydantic() -> None:
    command = [sys.executable, "-c", GOLDEN_ALONE]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, *loaded = done.stdout.split()
    helpers = {"pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"}
    foreign = set(loaded) - ALLOWED["golden"] - helpers - sys.stdlib_module_names
    assert {name for name in foreign if not name.startswith("_")} == set()
    assert float(seconds) < 0.5


def test_layer_specs_nest_in_networks() -> None:
    layer = {"inputs": 4, "neurons": 2, "pe": 2, "simd": 4}
    network = validate(macros()["bnn_network"], {"layers": [layer]})
    assert network.model_dump()["layers"][0] == BnnLayerSpec(**layer).model_dump()
    with pytest.raises(UsageError, match=r"layers\.0\.pe=0 is wrong: .*equal to 1"):
        validate(macros()["bnn_network"], {"layers": [{**layer, "pe": 0}]})
