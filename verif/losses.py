"""Consumers of streams that lose tokens when they are held: what may be missing, and is told or
counted.
"""

from dataclasses import dataclass

from neuroloom.golden.ports import Losses
from neuroloom.verif.partners import BenchError, Consumer, Gaps

SETTLED = 40
"""Cycles without a token after which no more of them wait."""


@dataclass(eq=False)
class FillingConsumer(Consumer):
    """Accepts from a stream of which some tokens wait and others are lost: none of those that can
    wait may be missing.
    """

    filled: bool = False
    """Whether as many waited as can, over all phases."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._idle = 0

    @property
    def most(self) -> int:
        """Tokens that wait at most."""
        assert self.stream.waiting is not None
        return self.stream.waiting

    @property
    def done(self) -> bool:
        """Whether all came: where more are expected than can wait, those that still do."""
        return super().done or (len(self.delivered) >= self.most and self._idle >= SETTLED)

    def start(self, expected: list[tuple[int, ...]], gaps: Gaps) -> None:
        super().start(expected, gaps)
        self._idle = 0

    def observe(self, cycle: int) -> bool:
        moved = super().observe(cycle)
        self._idle = 0 if self.sim.get(self._valid) else self._idle + 1
        return moved

    def check_filled(self) -> None:
        """See that, of more than can wait, exactly those came that can."""
        if len(self.delivered) != self.most:
            raise self._error(
                f"stream {self.stream.name!r} was held while {len(self.expected)} tokens came, and "
                f"gave {len(self.delivered)} of them, not the {self.most} that can wait"
            )
        self.filled = True


@dataclass(eq=False)
class LosingConsumer(Consumer):
    """Holds tokens for as long as it likes. While ``losing`` each one given must be among those
    expected, in the order of its flow, and tell exactly of those that are missing.

    Where a token tells of as many as it can, there may be more, and equal tokens leave open which
    one came: all places that agree with what was told are followed.
    """

    losing: bool = False
    missed: bool = False
    """Whether any was lost, over all phases."""
    most: bool = False
    """Whether a token told of as many as it can, over all phases."""

    @property
    def greatest(self) -> int:
        """The most lost tokens that one can tell of."""
        fields = {field.name: field.bits for field in self.stream.fields}
        return (1 << fields[self._losses.field]) - 1

    @property
    def done(self) -> bool:
        return self.losing or super().done

    def lose(self) -> None:
        """Lets tokens be lost from now on."""
        self.losing = True
        self._places: dict[tuple[int, ...], set[int]] = {}
        """Numbers of tokens of each flow that may have come or been lost."""
        self._path: list[int] | None = []
        """Numbers of those that came; None where that is open."""

    def keep(self, decided: list[int]) -> None:
        """See that all were told of that are missing, that there was no room for them, and room
        for the others; from now on nothing may be lost. ``decided`` has the cycle in which each
        token finds room or not.
        """
        self.losing = False
        for flow, numbers in self._flows.items():
            places = self._places.get(flow, {0})
            if len(numbers) not in places:
                silent = len(numbers) - max(places)
                raise self._error(
                    f"stream {self.stream.name!r} ended, and nothing was told of the last {silent} "
                    f"tokens{self._flow(self.expected[numbers[0]])}"
                )
        if self._path is not None and self._losses.room is not None:
            self._check_room(decided, self._losses.room, self._path)

    def _check(self, payload: tuple[int, ...], cycle: int) -> None:
        if not self.losing:
            super()._check(payload, cycle)
            return
        flow, field = self.stream.flow_of(payload), self._losses.field
        place = [field.name for field in self.stream.fields].index(field)
        told, bare = payload[place], (*payload[:place], 0, *payload[place + 1 :])
        self.missed |= told > 0
        self.most |= told == self.greatest
        numbers = list(self._flows.get(flow, ()))
        before = self._places.get(flow, {0})
        at: set[int] = set()
        for start in before:
            last = len(numbers) if told == self.greatest else start + told + 1
            ends = range(start + told + 1, last + 1)
            if self._losses.told == "by the next":
                at |= {end for end in ends if self._expects(numbers, end - 1, bare)}
            elif self._expects(numbers, start, bare):
                at |= {end for end in ends if end <= len(numbers)}
        if not at:
            first = min(before)
            would = self._show(self.expected[numbers[first]]) if first < len(numbers) else "none"
            raise self._error(
                f"stream {self.stream.name!r}, cycle {cycle}: got {self._show(payload)}, where "
                f"{would} would be next and {field} of those that follow would be their distance"
            )
        self._places[flow] = at
        if self._path is not None:
            self._path = [*self._path, numbers[max(at) - 1]] if len(at) == 1 else None

    def _expects(self, numbers: list[int], place: int, bare: tuple[int, ...]) -> bool:
        return place < len(numbers) and self.expected[numbers[place]] == bare

    def _check_room(self, decided: list[int], room: int, came: list[int]) -> None:
        """One that leaves in that very cycle may make room or not."""
        leaving = dict(zip(came, self.delivered, strict=True))
        for number, cycle in enumerate(decided[: len(self.expected)]):
            before = [left for other, left in leaving.items() if other < number]
            if number in leaving and sum(left > cycle for left in before) >= room:
                told = f"held token {number} from cycle {cycle} on, beside {room} others"
            elif number not in leaving and sum(left >= cycle for left in before) < room:
                told = f"lost token {number} in cycle {cycle}, while fewer than {room} were held"
            else:
                continue
            raise BenchError(
                f"stream {self.stream.name!r} {told}; its room is {room}", self.stream.name, number
            )

    @property
    def _losses(self) -> Losses:
        assert self.stream.losses is not None
        return self.stream.losses
