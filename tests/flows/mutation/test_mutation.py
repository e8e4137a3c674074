"""The bench must notice every small change of a component's source that matters."""

from pathlib import Path

import pytest
from mutated_specs import SPECS
from support.areas import joined, repeated
from support.effort import effort
from support.mutation import TIMES, broken, drawn, killed, modules, mutants, specs_of
from support.places import TESTS

import neuroloom.flows.mutation.equivalent
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.mutation import source
from neuroloom.flows.mutation.equivalent import AREAS, EQUIVALENT
from neuroloom.flows.mutation.source import Mutant, source_of
from neuroloom.golden.arith.comparator import ComparatorSpec
from neuroloom.verif.small_companions import state_bits

# the initial value of a mutant's signal may not fit
pytestmark = pytest.mark.filterwarnings("ignore:Initial value:amaranth.hdl.SyntaxWarning")
MODULES = pytest.mark.parametrize("module", modules())
MOST = effort(2, 10_000)
"""Mutants of a module in a run of the tests."""


def sample(module: str) -> list[Mutant]:
    """A mutant from the middle of the file."""
    found = [mutant for mutant in mutants(module) if mutant.key not in EQUIVALENT]
    return found[len(found) // 2 :][:1]


def chosen(module: str) -> list[Mutant]:
    """Mutants evenly from all over the file."""
    found = mutants(module)
    if len(found) <= MOST:
        return found
    return [found[index * len(found) // MOST] for index in range(MOST)]


def shown(survivors: list[Mutant]) -> str:
    return "\n".join(
        f"{each.module}, line {each.line}: {each.before}  became  {each.after}\n    {each.text}"
        for each in survivors
    )


@pytest.mark.parametrize("module", modules()[:: effort(6, 1)])
@pytest.mark.regression
def test_a_sample_of_mutants_is_noticed(module: str) -> None:
    survivors = [mutant for mutant in sample(module) if not killed(mutant, specs_of(module))]
    assert not survivors, shown(survivors)


@pytest.mark.regression
@pytest.mark.parametrize("module", modules()[:: effort(4, 1)])
def test_the_unchanged_source_passes(module: str) -> None:
    file = source_of(module)
    code = compile(file.read_text(), str(file), "exec")
    assert not broken(module, code, specs_of(module))


@pytest.mark.regression
@MODULES
def test_mutants_are_noticed(module: str) -> None:
    tried = chosen(module)
    survivors = [mutant for mutant in tried if not killed(mutant, specs_of(module))]
    unknown = [mutant for mutant in survivors if mutant.key not in EQUIVALENT]
    assert not unknown, shown(unknown)
    listed = {mutant.key for mutant in tried if mutant.key in EQUIVALENT}
    assert listed == {mutant.key for mutant in survivors}, "the list names mutants that are noticed"


@pytest.mark.regression
@MODULES
def test_the_list_names_mutants_that_exist(module: str) -> None:
    listed = {key for key in EQUIVALENT if key[0] == module}
    if listed:
        assert listed <= {mutant.key for mutant in source.mutants(module)}


def test_specifications_are_chosen_by_hand_for_modules_that_there_are() -> None:
    assert set(SPECS) <= set(modules())


def test_a_module_that_nobody_chose_for_is_put_to_random_specifications(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "arith.comparator" not in SPECS
    monkeypatch.delitem(SPECS, "cim.bit_planes", raising=False)
    specs_of.cache_clear()
    try:
        own, part = specs_of("arith.comparator"), specs_of("cim.bit_planes")
    finally:
        specs_of.cache_clear()
    assert own == drawn(macros()["comparator"])
    assert len({spec.style for spec in own if isinstance(spec, ComparatorSpec)}) == 2
    assert [spec.macro for spec in part] == ["digital_cim"] * TIMES
    assert all(state_bits(spec) < 100 for spec in part)


def test_nothing_is_given_twice() -> None:
    listed = Path(neuroloom.flows.mutation.equivalent.__file__).parent
    files = [*TESTS.glob("mutated_specs/*.py"), *listed.glob("*.py")]
    assert len(files) >= 16
    assert {file.name: several for file in files if (several := repeated(file.read_text()))} == {}
    text = "from a import C\nA = B = 1\nA: int = 2\ndef C(): ...\nD = {'k': 1, 'k': 2}\n"
    assert repeated(text) == ["C", "A", "'k'"]
    assert joined(area.EQUIVALENT for area in AREAS) == EQUIVALENT
    assert joined([{"a": 1}, {"b": 2}]) == {"a": 1, "b": 2}
    with pytest.raises(ValueError, match="two areas have 'a'"):
        joined([{"a": 1}, {"b": 2}, {"a": 1}])
