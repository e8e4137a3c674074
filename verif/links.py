"""The asynchronous partners of a macro: producers and consumers of links, with protocol checks.

They move once a cycle of the macro's clock, after random delays; the phase of a partner's own
clock within the cycle is for tests that know time.
"""

from neuroloom.golden.ports import port_name
from neuroloom.verif.partners import BenchError, Consumer, Producer
from neuroloom.verif.simulator import Simulator


def _known(sim: Simulator, port: str, cycle: int) -> int:
    value = sim.get(port)
    if value is None:
        raise BenchError(f"{port} is unknown (X) in cycle {cycle}")
    return value


class FourPhaseProducer(Producer):
    """Sends over ``req`` and ``ack``. A word counts as taken when it is acknowledged; from then on
    the fields are noise.
    """

    def __post_init__(self) -> None:
        self._ports = [port_name(self.stream, field.name) for field in self.stream.fields]
        self._widths = [field.port_bits for field in self.stream.fields]
        self._req, self._ack = (port_name(self.stream, control) for control in self.stream.controls)
        self.withdraw()

    def press(self) -> None:
        self.withdraw()  # the other side's reset is not this one's: it holds no request

    def withdraw(self) -> None:
        self._requesting = self._acknowledged = False
        self.sim.set(self._req, 0)
        self._scramble()

    def drive(self) -> None:
        moves = self.gaps.offer == 1 or self.random.random() < self.gaps.offer
        if self._acknowledged:
            if self._requesting and moves:
                self.sim.set(self._req, 0)
                self._requesting = False
        elif not self._requesting and not self.done and moves:
            for port, value in zip(self._ports, self.words[len(self.taken)], strict=True):
                self.sim.set(port, value)
            self.sim.set(self._req, 1)
            self._requesting = True

    def observe(self, cycle: int) -> bool:
        ack = bool(_known(self.sim, self._ack, cycle))
        rises, falls = ack and not self._acknowledged, self._acknowledged and not ack
        if rises and not self._requesting:
            raise BenchError(f"{self._ack} rose in cycle {cycle} without a request")
        if falls and self._requesting:
            raise BenchError(f"{self._ack} fell in cycle {cycle} before the request")
        self._acknowledged = ack
        if not rises:
            self.waited |= self._requesting
            return False
        self.taken.append(cycle)
        self._scramble()
        return True


class StrobeProducer(Producer):
    """Sends with a strobe, high and then low for the stream's ``pulse`` at least. A word
    counts as taken when the strobe rises; the fields are noise while it is low.
    """

    def __post_init__(self) -> None:
        self._ports = [port_name(self.stream, field.name) for field in self.stream.fields]
        self._widths = [field.port_bits for field in self.stream.fields]
        (self._strobe,) = (port_name(self.stream, control) for control in self.stream.controls)
        self.withdraw()

    def press(self) -> None:
        """Its strobe is high through the reset, which the sender does not see."""
        self._high, self._rises = True, False
        self._since = 0
        self.sim.set(self._strobe, 1)
        self._scramble()

    def forget(self, lasting: int = 0) -> None:
        """A strobe that is high falls ``lasting`` cycles later, and is no token."""
        if self._high and lasting:
            self._since = -lasting
        elif self._high:
            self.withdraw()
            self._since = 0

    def withdraw(self) -> None:
        self._high = self._rises = False
        self._since = self.stream.pulse[1]
        """Cycles since the strobe changed."""
        self.sim.set(self._strobe, 0)
        self._scramble()

    def drive(self) -> None:
        self._rises = False
        self._since += 1
        if self._since <= 0:  # from before the reset
            self._scramble()
            if self._since == 0:
                self._high = False
                self.sim.set(self._strobe, 0)
            return
        moves = self.gaps.offer == 1 or self.random.random() < self.gaps.offer
        if self._since < self.stream.pulse[not self._high] or not moves:
            return
        if self._high:
            self._high = False
            self._scramble()
        elif not self.done:
            self._high = self._rises = True
            for port, value in zip(self._ports, self.words[len(self.taken)], strict=True):
                self.sim.set(port, value)
        else:
            return
        self.sim.set(self._strobe, int(self._high))
        self._since = 0

    def observe(self, cycle: int) -> bool:
        self.waited |= self._high and not self._rises
        if self._rises:
            self.taken.append(cycle)
        return self._rises


class FourPhaseConsumer(Consumer):
    """Answers ``req`` with ``ack``. A word counts as delivered when the acknowledge rises."""

    def __post_init__(self) -> None:
        self._ports = [port_name(self.stream, field.name) for field in self.stream.fields]
        self._req, self._ack = (port_name(self.stream, control) for control in self.stream.controls)
        self._flows = {}
        self._acknowledging = False
        self.forget()

    @property
    def wires(self) -> tuple[int, int]:
        """Request and acknowledge, as last seen."""
        return int(self._requested), int(self._acknowledging)

    def press(self) -> None:
        return  # the other side's reset is not this one's: what it acknowledges stays so

    def forget(self, lasting: int = 0) -> None:
        self._held = None
        self._requested = False
        self._busy = lasting
        """Cycles until it moves again."""
        self._acknowledging &= lasting > 0
        self.sim.set(self._ack, int(self._acknowledging))

    def drive(self, blocked: bool) -> None:
        if self._busy:
            self._busy -= 1
            return
        moves = not blocked and (self.gaps.accept == 1 or self.random.random() < self.gaps.accept)
        if moves and self._requested is not self._acknowledging:
            self._acknowledging = self._requested
            self.sim.set(self._ack, int(self._acknowledging))

    def observe(self, cycle: int) -> bool:
        req = bool(_known(self.sim, self._req, cycle))
        if req and not self._requested and self._acknowledging:
            raise self._error(f"{self._req} rose in cycle {cycle} before the acknowledge fell")
        if self._requested and not req and not self._acknowledging:
            raise self._error(f"{self._req} fell in cycle {cycle} before it was acknowledged")
        self._requested = req
        if not req or (self._acknowledging and self._held is None):
            return False
        payload = tuple(self._read(port, cycle) for port in self._ports)
        if self._held is not None and payload != self._held:
            raise self._error(
                f"link {self.stream.name!r} changed in cycle {cycle} before it was acknowledged: "
                f"{self._show(self._held)} became {self._show(payload)}"
            )
        self._held = payload
        if not self._acknowledging:
            self.stalled = True
            return False
        self._held = None
        self._check(payload, cycle)
        self.delivered.append(cycle)
        return True


class StrobeConsumer(Consumer):
    """Takes a word whenever the strobe rises, and sees how long it is high and low."""

    def __post_init__(self) -> None:
        self._ports = [port_name(self.stream, field.name) for field in self.stream.fields]
        (self._strobe,) = (port_name(self.stream, control) for control in self.stream.controls)
        self._flows = {}
        self.forget()

    def press(self) -> None:
        self.forget()

    def forget(self, lasting: int = 0) -> None:
        self._held = None
        self._since = self.stream.pulse[1]
        """Cycles since the strobe changed."""

    def drive(self, blocked: bool) -> None:
        return

    def observe(self, cycle: int) -> bool:
        strobe = bool(_known(self.sim, self._strobe, cycle))
        self._since += 1
        if strobe is (self._held is not None):
            if self._held is not None and self._held != self._payload(cycle):
                raise self._error(
                    f"link {self.stream.name!r} changed in cycle {cycle} while the strobe was high"
                )
            return False
        if self._since < self.stream.pulse[strobe]:
            raise self._error(
                f"{self._strobe} was {'low' if strobe else 'high'} for {self._since} cycles only "
                f"until cycle {cycle}, not for {self.stream.pulse[strobe]}"
            )
        width = self.stream.width_of(self._held) if self._held is not None else None
        if width not in (None, self._since):
            raise self._error(
                f"{self._strobe} was high for {self._since} cycles until cycle {cycle}, not for "
                f"{width}"
            )
        self._since = 0
        self._held = self._payload(cycle) if strobe else None
        if self._held is None:
            return False
        self._check(self._held, cycle)
        self.delivered.append(cycle)
        return True

    def _payload(self, cycle: int) -> tuple[int, ...]:
        return tuple(self._read(port, cycle) for port in self._ports)
