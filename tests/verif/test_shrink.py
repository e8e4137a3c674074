"""The smallest specification that fails: what is tried, and what is found."""

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import Macro, macros
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle
from neuroloom.golden.events.arbiter import ArbiterSpec, Policy
from neuroloom.golden.events.event_split import EventSplitSpec
from neuroloom.golden.spec import Spec
from neuroloom.verif.shrink import shrink

MANY = 1000
LEAST = {
    "width": 1,
    "pipeline": 0,
    "lanes": 1,
    "channels": 1,
    "requesters": 1,
    "neurons": 1,
    "axons": 1,
    "tag_bits": 0,
}
"""Fields that several macros have, and that are least when everything fails."""


def test_a_number_comes_to_where_it_still_fails() -> None:
    for least in (1, 2, 7, 63, 200):
        begin = PopcountSpec(width=200, style=PopcountStyle.SUM, pipeline=3)

        def fails(spec: PopcountSpec, least: int = least) -> bool:
            return spec.width >= least

        found = shrink(begin, fails)
        assert found == PopcountSpec(width=least)


def test_what_does_not_matter_is_at_its_default_or_least() -> None:
    begin = PopcountSpec(width=40, style=PopcountStyle.SUM, pipeline=5)
    found = shrink(begin, lambda spec: spec.style is PopcountStyle.SUM and spec.pipeline > 1)
    assert found == PopcountSpec(width=1, style=PopcountStyle.SUM, pipeline=2)


def test_a_list_is_as_long_as_the_number_that_says_so() -> None:
    begin = ArbiterSpec(requesters=6, policy=Policy.WEIGHTED, weights=(3, 1, 200, 4, 1, 9))
    found = shrink(begin, lambda spec: any(weight >= 100 for weight in spec.weights))
    assert found.policy is Policy.WEIGHTED
    assert (found.requesters, found.weights) == (1, (100,))


def test_entries_of_a_list_go_one_by_one() -> None:
    routes = ((0, 0), (7, 3), (0, 0), (1, 0), (0, 0), (5, 5), (3, 0))
    begin = EventSplitSpec(bits=3, routes=routes)
    found = shrink(begin, lambda spec: (1, 0) in spec.routes and (5, 5) in spec.routes)
    assert found.routes == ((1, 0), (5, 5)) and found.bits == 3


def test_the_same_again_and_no_more_than_so_many_tries() -> None:
    begin = PopcountSpec(width=1000, style=PopcountStyle.SUM, pipeline=9)

    def asked(tries: int) -> tuple[Spec, list[Spec]]:
        seen: list[Spec] = []

        def fails(spec: PopcountSpec) -> bool:
            seen.append(spec)
            return spec.width > 333 and spec.pipeline > 2

        return shrink(begin, fails, tries), seen

    found, seen = asked(100)
    assert found == PopcountSpec(width=334, pipeline=3)
    assert asked(100) == (found, seen) and len(set(seen)) == len(seen) and begin not in seen
    for tries in (0, 1, 5):
        found, seen = asked(tries)
        assert len(seen) <= tries
        assert found == begin or found in seen


def test_where_nothing_smaller_fails_it_is_itself() -> None:
    begin = PopcountSpec(width=9, style=PopcountStyle.SUM, pipeline=2)
    assert shrink(begin, lambda spec: False) == begin


@pytest.mark.parametrize("entry", macros().values(), ids=macros())
def test_every_macro_is_shrunk(entry: Macro) -> None:
    """Whatever fails ends as a specification from which no field alone can be taken further."""
    for seed in range(3):
        begin = entry.stimulus_type.random_spec(np.random.default_rng(seed))
        found = shrink(begin, lambda spec: True, MANY)
        assert shrink(found, lambda spec: True) == found, f"seed {seed}: {begin!r}"
        for name in LEAST.keys() & entry.spec.model_fields.keys():
            assert getattr(found, name) == LEAST[name], f"seed {seed}: {name} of {begin!r}"
