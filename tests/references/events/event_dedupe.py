"""Each address once a tick: a set that a tick empties."""

from neuroloom.golden.events.event_dedupe import EventDedupeSpec
from references.plain import Lists, columns

KIND = "event list"


def walk(addresses: int, tokens: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is left of addresses and ticks."""
    seen: set[int] = set()
    kept = []
    for address, tick in tokens:
        if tick:
            seen = set()
        elif address in seen or address >= addresses:
            continue
        else:
            seen.add(address)
        kept.append((address, tick))
    return kept


def expected(spec: EventDedupeSpec, _: Lists, sent: Lists) -> Lists:
    events = sent["events"]
    tokens = walk(spec.addresses, list(zip(events["address"], events["tick"], strict=True)))
    return {"unique": columns(list(tokens), "address", "tick")}
