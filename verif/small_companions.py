"""Small specifications in which every branch and every choice occurs, for proofs.

A proof is a matter of bits of state. So random specifications are made small, number by number, and
of those that have few bits the ones are taken that together show every choice, every line of the
hardware's elaboration, and every line with every property, that any of them shows: a branch is not
proved where nothing is promised of it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, get_args

import numpy as np
from pydantic import BaseModel

from neuroloom.golden.choices import choices
from neuroloom.golden.spec import Spec
from neuroloom.verif.companions import DRAWN, SEED, Companion, named, shown_first, traced
from neuroloom.verif.formal import Proof
from neuroloom.verif.stimulus import Rng, Stimulus

GREATEST = 3
"""Greatest value of a number that can be as small."""
QUIET = 20
"""Specifications in a row that show nothing new, after which only rare choices are looked for."""
OFTEN = 12
"""How often a choice is looked at: with other numbers it may have other branches."""
Path = tuple[str | int, ...]
Shown = tuple[str, str]
"""A choice or a line, and a property that is proved with it; empty for the choice or line alone."""


def state_bits(spec: Spec) -> int:
    """Flip-flops and bits of memory."""
    return spec.inventory.flip_flops + spec.inventory.memory_bits


def small_companions(
    spec: Spec, stimulus: type[Stimulus[Any]], stated: Callable[[Spec], Proof], most_bits: int
) -> tuple[Companion, ...]:
    """What ``spec`` leaves unseen, by few specifications of at most ``most_bits`` bits of state.

    ``stated`` makes the proof of a specification. The same code gives the same companions.
    """
    shown = {spec: _shown(spec, stated(spec))}
    seen, quiet, met = shown[spec], 0, Counter[str]()
    for candidate in _candidates(stimulus, most_bits):
        chosen = choices(candidate)
        if quiet < QUIET or any(met[choice] < OFTEN for choice in chosen):  # elaboration takes long
            met.update(chosen)
            shown[candidate] = _shown(candidate, stated(candidate))
            quiet = 0 if shown[candidate] - seen else quiet + 1
            seen |= shown[candidate]
    unseen = seen - shown[spec]
    companions: list[Companion] = []
    while unseen:
        best = max(shown, key=lambda one: (len(shown[one] & unseen), -state_bits(one)))
        companions.append(Companion(best, _told(shown[best] & unseen)))
        unseen -= shown[best]
    return tuple(companions)


def _shown(spec: Spec, proof: Proof) -> frozenset[Shown]:
    """Choices and lines, alone and a line with each of the properties that are proved there."""
    claims = [claim.name for claim in proof.properties]
    passed = named(traced(proof.finished()))
    pairs = ((line, claim) for line in passed for claim in claims)
    return frozenset({(one, "") for one in (*choices(spec), *passed)}).union(pairs)


def _told(shown: frozenset[Shown]) -> tuple[str, ...]:
    """Choices, then in how many lines each property is new, then lines."""
    alone = shown_first(frozenset(one for one, claim in shown if not claim))
    counted = Counter(claim for line, claim in shown if claim and (line, "") not in shown)
    pairs = (f"{claim} in {number} more lines" for claim, number in sorted(counted.items()))
    lines = [one for one in alone if one.startswith("line ")]
    return (*alone[: len(alone) - len(lines)], *pairs, *lines)


def _candidates(stimulus: type[Stimulus[Any]], most_bits: int) -> list[Spec]:
    """Small ones, few bits first; with every choice that goes with any of them."""
    rng = np.random.default_rng(SEED)
    drawn = {reduced(stimulus.random_spec(rng), rng): None for _ in range(DRAWN)}
    small = [one for one in drawn if state_bits(one) <= most_bits]
    met = frozenset[str]().union(*(choices(one) for one in small))
    for path, value in _declared(type(small[0])) if small else ():
        if ".".join(map(str, path)) + f"={str(value).lower()}" not in met:
            other = next((one for one in _with(small, path, value)), None)
            small += [] if other is None else [other]
    return small


def reduced(spec: Spec, rng: Rng) -> Spec:
    """``spec`` with every number at 1 to ``GREATEST`` where that goes with the others."""
    fields = spec.model_dump(mode="json")
    for path in list(_numbers(fields)):
        before = _at(fields, path)
        if type(before) is not int or abs(before) <= GREATEST:
            continue
        for value in rng.permutation(np.arange(1, GREATEST + 1)).tolist():
            smaller = _replaced(fields, path, value)
            if _valid(type(spec), smaller) is not None:
                fields = smaller
                break
    return type(spec).model_validate(fields)


def _with(specs: list[Spec], path: Path, value: object) -> Iterator[Spec]:
    """Those of ``specs`` that can have this value at this place, with it."""
    for spec in specs:
        fields = spec.model_dump(mode="json")
        if isinstance(_at(fields, path[:-1]), dict):
            other = _valid(type(spec), _replaced(fields, path, value))
            if other is not None:
                yield other


def _declared(kind: type[BaseModel], path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every value of every enumerated and boolean field, those of parts among them."""
    for name, field in kind.model_fields.items():
        for held in (field.annotation, *get_args(field.annotation)):
            if not isinstance(held, type):
                continue
            if issubclass(held, BaseModel):
                yield from _declared(held, (*path, name))
            elif issubclass(held, Enum):
                yield from (((*path, name), member.value) for member in held)
            elif held is bool:
                yield from (((*path, name), truth) for truth in (False, True))


def _numbers(fields: Any, path: Path = ()) -> Iterator[Path]:
    """Paths at which numbers stand."""
    for key, value in fields.items() if isinstance(fields, dict) else enumerate(fields):
        if isinstance(value, dict | list):
            yield from _numbers(value, (*path, key))
        elif type(value) is int:
            yield (*path, key)


def _at(fields: Any, path: Path) -> Any:
    """What stands there; None where nothing does any more."""
    for key in path:
        if fields is None or (isinstance(fields, list) and int(key) >= len(fields)):
            return None
        fields = fields[key]
    return fields


def _replaced(fields: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    """Fields with another value; a list beside it that had as many entries is cut as well."""
    changed: dict[str, Any] = json.loads(json.dumps(fields))
    beside, before = _at(changed, path[:-1]), _at(fields, path)
    beside[path[-1]] = value
    if type(value) is int and isinstance(beside, dict):
        for name, entries in beside.items():
            if isinstance(entries, list) and len(entries) == before:
                beside[name] = entries[:value]
    return changed


def _valid(kind: type[Spec], fields: dict[str, Any]) -> Spec | None:
    try:
        return kind.model_validate(fields)
    except ValueError:
        return None
