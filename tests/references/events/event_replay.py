"""Recorded events in their ticks: a table of ticks that count on over all recordings."""

from collections import defaultdict

from neuroloom.golden.events.event_replay import EventReplaySpec
from references.plain import Lists, columns

KIND = "event list"
Rows = list[tuple[int, ...]]


def table(spec: EventReplaySpec, recorded: Rows, ticks: list[int]) -> Rows:
    """Events (address, time, empty, restart) by ticks, then tick by tick with its ``last``."""
    turn = 1 << spec.time_bits
    of_tick: dict[int, Rows] = defaultdict(list)
    begun = reached = 0
    for address, time, empty, restart in recorded:
        ahead = (begun + time - reached + turn // 2) % turn - turn // 2
        reached += max(ahead, 0)
        if not empty:
            of_tick[reached].append((address, int(ahead < 0), 0, 0))
        if restart:
            begun = reached
    replayed: Rows = []
    for tick, last in enumerate(ticks):
        replayed += [*of_tick[tick], (0, 0, 1, last)]
    return replayed + of_tick[len(ticks)]


def expected(spec: EventReplaySpec, _: Lists, sent: Lists) -> Lists:
    fields = [sent["events"][name] for name in ("address", "time", "empty", "restart")]
    replayed = table(spec, list(zip(*fields, strict=True)), sent["ticks"]["last"])
    return {"replayed": columns(list(replayed), "address", "late", "end", "last")}
