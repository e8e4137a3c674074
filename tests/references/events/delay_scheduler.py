"""Events that become due: a ring of sets, one a tick."""

from collections.abc import Iterator

from neuroloom.golden.events.delay_scheduler import ActiveForm, DelaySchedulerSpec
from references.plain import Lists, bits_for, columns

KIND = "event list"
Events = list[tuple[int, int, int]]
"""Tick, axon and delay."""


def ring_of_sets(spec: DelaySchedulerSpec, events: Events) -> Iterator[tuple[list[int], int]]:
    """Tick by tick the active axons, and how many events had found themselves there."""
    ring: list[set[int]] = [set() for _ in range(spec.slots)]
    now = merged = 0
    for tick, axon, delay in events:
        if tick:
            now = (now + 1) % spec.slots
            yield sorted(ring[now]), merged
            ring[now], merged = set(), 0
        else:
            slot = ring[(now + delay) % spec.slots]
            merged += axon in slot
            slot.add(axon)


def tokens_of(spec: DelaySchedulerSpec, events: Events) -> list[tuple[object, ...]]:
    """The tokens of every tick, field by field."""
    tokens: list[tuple[object, ...]] = []
    lanes = min(spec.word, 1 << bits_for(spec.axons))
    for axons, merged in ring_of_sets(spec, events):
        count = (min(merged, 2**spec.merged_bits - 1),) if spec.merged_bits else ()
        if spec.form is ActiveForm.ADDRESSES:
            tokens += [(0, axon, *count) for axon in axons] + [(1, 0, *count)]
            continue
        for first in range(0, spec.axons, lanes):
            bits = [int(axon in axons) for axon in range(first, first + lanes)]
            tokens.append((bits, int(first + lanes >= spec.axons), *count))
    return tokens


def expected(spec: DelaySchedulerSpec, _: Lists, sent: Lists) -> Lists:
    fields = [sent["events"][name] for name in ("tick", "axon", "delay")]
    names = ("bits", "last") if spec.form is ActiveForm.WORDS else ("end", "axon")
    merged = ("merged",) if spec.merged_bits else ()
    tokens = tokens_of(spec, list(zip(*fields, strict=True)))
    return {"active": columns(tokens, *names, *merged)}
