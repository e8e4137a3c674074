"""Time stamps: a clock that counts without end, read at every event."""

from neuroloom.golden.events.event_stamper import EventStamperSpec, Stamp
from references.plain import Lists, columns

KIND = "event list"
Tokens = list[tuple[int, ...]]


def walk(spec: EventStamperSpec, sent: Tokens) -> Tokens:
    """A clock that never wraps, read at every event."""
    clock = start = 0
    stamped: Tokens = []
    for address, tick in sent:
        clock += tick
        again, time = divmod(clock - start, 2**spec.time_bits)
        if tick and spec.markers and again and time == 0:
            stamped.append((address, 2**spec.time_bits - 1, 1))
        if not tick:
            stamped.append((address, time, 0) if spec.markers else (address, time))
            start = clock if spec.stamp is Stamp.DELTA else 0
    return stamped


def expected(spec: EventStamperSpec, _: Lists, sent: Lists) -> Lists:
    tokens = walk(spec, list(zip(sent["events"]["address"], sent["events"]["tick"], strict=True)))
    return {"stamped": columns(tokens, *("address", "time", "wrap")[: 2 + spec.markers])}
