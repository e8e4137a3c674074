"""Companions of a specification: small ones in which every branch and every choice occurs.

They are derived, not listed: of random specifications, those are taken that together have every
value of each enumerated or boolean field, the least and the greatest of each number, and every
line of the hardware's elaboration that any of them reaches.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from types import FrameType
from typing import Any

import numpy as np
from amaranth.hdl import Fragment

from neuroloom import hdl
from neuroloom.golden.choices import choices, field_values, take_over_choices
from neuroloom.golden.spec import Spec
from neuroloom.golden.unused import is_unused, unused_fields
from neuroloom.hdl.component import Component
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.stimulus import Stimulus

DRAWN = 120
"""Random specifications that companions are taken from."""
SEED = 20
QUIET = 12
"""Specifications in a row that show nothing new, after which only new choices are looked for."""
PAIRED = 6
"""Companions at most for pairs of choices: all pairs of ten choices would take hundreds."""
HARDWARE = tuple(hdl.__path__)


@dataclass(frozen=True)
class Companion:
    """A specification to be verified beside the one that is asked for."""

    spec: Spec
    shows: tuple[str, ...]
    """What it has that those before it have not: choices, ends of numbers, "line FILE:NUMBER"."""


def companions(
    spec: Spec,
    stimulus: type[Stimulus[Any]],
    component: Callable[[Spec], Component[Any]],
    fixed: bool,
) -> tuple[Companion, ...]:
    """What ``spec`` leaves unseen, by as few specifications as a greedy choice finds.

    With ``fixed`` they have its values of enumerated and boolean fields. The same code gives the
    same companions.
    """

    def chosen_by(one: Spec) -> frozenset[str]:
        return choices(one) | frozenset(stimulus.aspects(one))

    shown: dict[Spec, frozenset[str]] = {spec: chosen_by(spec) | lines(spec, component)}
    quiet = 0
    for candidate in _drawn(spec, stimulus, fixed):
        before, chosen = frozenset[str]().union(*shown.values()), chosen_by(candidate)
        if quiet < QUIET or chosen - before:  # elaboration takes long
            shown[candidate] = chosen | lines(candidate, component)
            quiet = 0 if shown[candidate] - before else quiet + 1
    for each, ends in _ends(list(shown)).items():
        shown[each] |= ends
    unseen = frozenset[str]().union(*shown.values()) - shown[spec]
    greedy: list[Companion] = []
    while unseen:
        best = max(shown, key=lambda one: len(shown[one] & unseen))
        greedy.append(Companion(best, shown_first(shown[best] & unseen)))
        unseen -= shown[best]
    return (*greedy, *_of_pairs([spec, *(companion.spec for companion in greedy)], list(shown)))


def _of_pairs(seen: list[Spec], drawn: list[Spec]) -> Iterator[Companion]:
    """A few more that have pairs of choices which none of those ``seen`` has."""
    pairs = {one: frozenset(combinations(sorted(choices(one)), 2)) for one in drawn}
    met = frozenset[tuple[str, str]]().union(*(pairs[one] for one in seen))
    for _ in range(PAIRED):
        best = max(drawn, key=lambda one: len(pairs[one] - met))
        new = pairs[best] - met
        if not new:
            return
        yield Companion(best, tuple(sorted(f"{one} with {other}" for one, other in new)))
        met |= new


def shown_first(shown: frozenset[str]) -> tuple[str, ...]:
    """Choices before ends of numbers, and those before lines."""
    return tuple(sorted(shown, key=lambda one: (one.startswith("line "), "=" not in one, one)))


def _drawn(spec: Spec, stimulus: type[Stimulus[Any]], fixed: bool) -> Iterator[Spec]:
    """Random specifications."""
    rng = np.random.default_rng(SEED)
    for _ in range(DRAWN):
        variant = stimulus.random_variant(rng)
        if fixed:
            fields = variant.model_dump(mode="json")
            take_over_choices(fields, spec)
            try:
                variant = type(spec).model_validate(fields)
            except ValueError:  # does not go with these choices
                continue
        yield variant


def _ends(specs: list[Spec]) -> dict[Spec, frozenset[str]]:
    """Ends that each specification has: the least or greatest of a number in use, in words."""
    numbers: dict[str, dict[Spec, list[int]]] = {}
    for spec in specs:
        unused = unused_fields(spec)
        for name, values in field_values(spec):
            counted = [number for number in values if type(number) is int]
            if counted and not name.endswith("seed") and not is_unused(name, unused):
                numbers.setdefault(name, {})[spec] = counted
    ends: dict[Spec, frozenset[str]] = {}
    for name, by_spec in numbers.items():
        for word, end in (("least", min), ("greatest", max)):
            value = end(end(number) for number in by_spec.values())
            for spec, values in by_spec.items():
                if value in values:
                    ends[spec] = ends.get(spec, frozenset()) | {f"{word} {name} {value}"}
    return ends


def lines(spec: Spec, component: Callable[[Spec], Component[Any]]) -> frozenset[str]:
    """The lines of hardware that are passed when the component is elaborated."""
    return named(passed_lines(spec, component))


def named(passed: frozenset[tuple[str, int]]) -> frozenset[str]:
    """Lines of files in words."""
    return frozenset(f"line {file.rpartition('/')[2]}:{line}" for file, line in passed)


def passed_lines(
    spec: Spec, component: Callable[[Spec], Component[Any]]
) -> frozenset[tuple[str, int]]:
    """File and number of each line of hardware that is passed when it is elaborated."""
    return traced(FlatPorts(component(spec)))


def traced(design: Any) -> frozenset[tuple[str, int]]:
    """The same of a component or module."""
    lines: set[tuple[str, int]] = set()

    def inside(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return inside

    def entered(frame: FrameType, event: str, argument: Any) -> Any:
        ours = frame.f_code.co_filename.startswith(HARDWARE)
        return inside(frame, event, argument) if ours else None

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        Fragment.get(design, None)
    finally:
        sys.settrace(before)
    return frozenset(lines)
