"""Events to several outputs: patterns of characters against words of characters."""

from collections.abc import Iterable

from neuroloom.golden.events.event_split import EventSplitSpec
from references.plain import Lists, columns

KIND = "event list"
Copies = dict[str, list[tuple[int, int]]]


def pattern(mask: int, match: int, bits: int) -> str:
    """The route with a character a bit, ``-`` for one that is not looked at."""
    return "".join(
        "-" if not mask >> bit & 1 else str(match >> bit & 1) for bit in reversed(range(bits))
    )


def matches(word: str, wanted: str) -> bool:
    return all(want in ("-", letter) for letter, want in zip(word, wanted, strict=True))


def walk(spec: EventSplitSpec, events: Iterable[int]) -> Copies:
    """Events one by one, with the count of those dropped."""
    copies: Copies = {f"output{number}": [] for number in range(len(spec.routes))}
    patterns = [pattern(mask, match, spec.bits) for mask, match in spec.routes]
    dropped = 0
    for event in events:
        word = format(event, f"0{spec.bits}b")
        goals = [number for number, wanted in enumerate(patterns) if matches(word, wanted)]
        for number in goals:
            copies[f"output{number}"].append((event, min(dropped, 2**spec.dropped_bits - 1)))
        dropped = 0 if goals else dropped + 1
    return copies


def can_drop(spec: EventSplitSpec) -> bool:
    """Whether there is an event that no route matches: all words of the bits that count."""
    used = [bit for bit in range(spec.bits) if any(mask >> bit & 1 for mask, _ in spec.routes)]
    for number in range(1 << len(used)):
        word = sum((number >> place & 1) << bit for place, bit in enumerate(used))
        if all(word & mask != match for mask, match in spec.routes):
            return True
    return False


def expected(spec: EventSplitSpec, _: Lists, sent: Lists) -> Lists:
    names = ("event", "dropped")[: 1 + can_drop(spec)]
    copies = walk(spec, sent["events"]["event"])
    return {name: columns(list(tokens), *names) for name, tokens in copies.items()}
