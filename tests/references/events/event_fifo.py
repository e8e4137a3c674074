"""A queue of events: a list that is filled at one end and read from the other."""

from neuroloom.golden.events.event_fifo import EventFifoSpec, WhenFull
from references.plain import Lists

KIND = "event list"


def expected(spec: EventFifoSpec, _: Lists, sent: Lists) -> Lists:
    queue: list[int] = []
    read: list[int] = []
    for event in sent["write"]["event"]:
        queue.append(event)
        read.append(queue.pop(0))
    if spec.when_full is WhenFull.DROP:
        return {"read": {"event": read, "lost": [0] * len(read)}}
    return {"read": {"event": read}}
