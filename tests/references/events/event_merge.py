"""Several streams in one: one event of each source that has any, around and around."""

from collections import deque

from neuroloom.golden.events.event_merge import EventMergeSpec
from references.plain import Lists, columns

KIND = "event list"


def turns(queues: list[deque[int]]) -> list[tuple[int, int]]:
    """One event of each source that has any, around and around."""
    merged = []
    while any(queues):
        merged += [(queue.popleft(), source) for source, queue in enumerate(queues) if queue]
    return merged


def expected(spec: EventMergeSpec, _: Lists, sent: Lists) -> Lists:
    names = [f"source{number}" for number in range(spec.sources)]
    merged = turns([deque(sent[name]["event"]) for name in names])
    return {"merged": columns(list(merged), *("event", "source")[: 1 + spec.attach])}
