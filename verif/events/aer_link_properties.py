"""What is proved of ``aer_link``: the protocol of its wires, and that every event comes once.

The partner at asynchronous wires is a free input in every cycle that keeps to the protocol: it
answers at once, in the cycle in which a wire changes, or late, or never.
"""

from typing import Any

from amaranth.hdl import Module, Signal, Value

from neuroloom.golden.events.aer_link import AerLinkSpec, LinkEnd, LinkProtocol
from neuroloom.verif.formal import Fault, Proof, Properties, Tampering, implies


class AerLinkProperties(Properties[AerLinkSpec]):
    """Four-phase: each end alone, and both together. Of a strobe, which nothing answers, only that
    the address stands still, and the stream protocol.
    """

    def state(self, proof: Proof, component: Any) -> None:
        spec = self.spec
        if spec.strobes:
            if spec.end is LinkEnd.TRANSMITTER:
                link = component.link
                _held(proof, link.strobe, link.payload.address)
                proof.can("sends", "the strobe rises", _rises(proof, link.strobe))
        elif spec.end is LinkEnd.BOTH:
            _state_both(spec, proof, component)
        elif spec.transmits:
            _state_transmitter(spec, proof, component)
        else:
            _state_receiver(spec, proof, component)

    def faults(self) -> list[Fault]:
        strobes, end = self.spec.strobes, self.spec.end
        if strobes:
            names = ["moving"] if end is LinkEnd.TRANSMITTER else []
        else:
            names = {
                LinkEnd.BOTH: ["inverted", "doubled", "greedy"],
                LinkEnd.TRANSMITTER: [
                    "impatient",
                    "overlapping",
                    "moving",
                    "doubled",
                    "mute",
                    "greedy",
                ],
                LinkEnd.RECEIVER: [
                    "hasty",
                    "withdrawing",
                    "inverted",
                    "invented",
                    "pushing",
                    "silent",
                    "stuck",
                ],
            }[end]
        return [Fault(name, FAULTS[name][0], self.tampered(FAULTS[name][1])) for name in names]

    @classmethod
    def small_specs(cls) -> list[AerLinkSpec]:
        ends = [(end, setup) for setup in (0, 2) for end in LinkEnd]
        strobe = LinkProtocol.STROBE
        return [
            *(AerLinkSpec(bits=2, end=end, setup=setup) for end, setup in ends),
            *(AerLinkSpec(bits=2, protocol=strobe, end=end, pulse=3, gap=1) for end in LinkEnd),
        ]


def _rises(proof: Proof, wire: Value) -> Value:
    return wire & ~proof.past(wire) & ~proof.fresh


def _falls(proof: Proof, wire: Value) -> Value:
    return ~wire & proof.past(wire)


def _held(proof: Proof, wire: Value, address: Value) -> None:
    proof.always(
        "held",
        "the address stands still while the wire that says so is high",
        implies(wire & proof.past(wire), address == proof.past(address)),
    )


def _state_transmitter(spec: AerLinkSpec, proof: Proof, component: Any) -> None:
    m, events, link = proof.m, component.events, component.link
    req, ack, address = link.req, link.ack, link.payload.address
    # the acknowledge follows the request, up and down; after reset it may still be up
    proof.assume(implies(_rises(proof, ack), req))
    proof.assume(implies(_falls(proof, ack), ~req))
    rises = _rises(proof, req)
    proof.always(
        "rise", "a request rises while the acknowledge is low", implies(rises, ~proof.past(ack))
    )
    proof.always(
        "fall",
        "a request falls after the acknowledge",
        implies(_falls(proof, req), proof.past(ack)),
    )
    _held(proof, req, address)
    taken, owed = Signal(name="taken"), Signal(name="owed")
    event = Signal(spec.bits, name="event")
    m.d.comb += taken.eq(events.valid & events.ready)
    with m.If(taken):
        m.d.sync += [owed.eq(1), event.eq(events.payload.address)]
    with m.Elif(rises):
        m.d.sync += owed.eq(0)
    proof.always(
        "once",
        "a request rises for an event that was taken, and for each one once",
        implies(rises, owed),
    )
    proof.always(
        "one",
        "no event is taken before the one before it was requested and let go",
        implies(taken, ~req & (~owed | rises)),
    )
    proof.always("same", "the address is that of the event", implies(req, address == event))
    proof.at_most(
        "requests",
        "an event that was taken is requested after the setup",
        counted=owed,
        cleared=rises,
        limit=spec.setup + 1,
    )
    if spec.setup:
        still = Signal(range(spec.setup + 1), name="still")
        with m.If(address != proof.past(address)):
            m.d.sync += still.eq(1)
        with m.Elif(still != spec.setup):
            m.d.sync += still.eq(still + 1)
        there = (address == proof.past(address)) & (still == spec.setup)
        proof.always(
            "setup",
            "the address is there some cycles before the request rises",
            implies(rises, there),
        )
    proof.can("sends", "a request rises", rises)
    whole = Signal(name="whole")
    with m.If(_falls(proof, req)):
        m.d.sync += whole.eq(1)
    proof.can("again", "an event is taken after a whole handshake", taken & whole)


def _state_receiver(spec: AerLinkSpec, proof: Proof, component: Any) -> None:
    link, received = component.link, component.received
    req, ack, address = link.req, link.ack, link.payload.address
    # the request follows the acknowledge, and the address stands still until that is up
    proof.assume(implies(_rises(proof, req), ~ack))
    proof.assume(implies(_falls(proof, req), ack))
    proof.assume(implies(proof.past(req & ~ack), address == proof.past(address)))
    rises = _rises(proof, ack)
    proof.always(
        "rise", "an acknowledge rises while the request is high", implies(rises, proof.past(req))
    )
    proof.always(
        "fall",
        "an acknowledge falls after the request",
        implies(_falls(proof, ack), ~proof.past(req)),
    )
    held = proof.past(received.valid & ~received.ready)
    proof.always(
        "once",
        "an event is there with each acknowledge that rises, and else with none",
        received.valid == (rises | held),
    )
    proof.always(
        "same",
        "the address is that of the request",
        implies(rises, received.payload.address == proof.past(address)),
    )
    proof.always(
        "room", "no event is acknowledged while another one is held", implies(rises, ~held)
    )
    late = spec.synchronizer + 1
    room = ~received.valid | received.ready
    proof.at_most(
        "accepts",
        "a request is acknowledged when there was room for some cycles",
        counted=req & ~ack & room,
        cleared=ack | ~req,
        limit=late,
    )
    proof.at_most(
        "releases",
        "an acknowledge falls some cycles after the request",
        counted=~req & ack,
        cleared=~ack | req,
        limit=late,
    )
    proof.can("accepted", "an acknowledge rises", rises)
    proof.can("let-go", "an acknowledge falls", _falls(proof, ack))
    proof.can("waits", "a request waits for an event that is held", req & ~ack & held)


def _state_both(spec: AerLinkSpec, proof: Proof, component: Any) -> None:
    """A queue of two: an event on the wires, and one that is held."""
    m, events, received = proof.m, component.events, component.received
    taken, given = Signal(name="taken"), Signal(name="given")
    first, second = (Signal(spec.bits, name=f"{name}_inside") for name in ("first", "second"))
    level = Signal(range(4), name="level")
    m.d.comb += taken.eq(events.valid & events.ready)
    m.d.comb += given.eq(received.valid & received.ready)
    m.d.sync += level.eq(level + taken - given)
    with m.If(given):
        m.d.sync += first.eq(second)
    with m.If(taken):
        with m.If(level == Value.cast(given)):
            m.d.sync += first.eq(events.payload.address)
        with m.Else():
            m.d.sync += second.eq(events.payload.address)
    proof.always(
        "inside",
        "an event that comes was sent, and two at most are under way",
        implies(received.valid, level.any()) & (level <= 2),
    )
    proof.always(
        "same",
        "events come in order and as they were sent",
        implies(received.valid, received.payload.address == first),
    )
    longest = spec.setup + spec.synchronizer + 2
    proof.at_most(
        "arrives",
        "an event that was sent comes when request and address are through",
        counted=level.any() & ~received.valid,
        cleared=received.valid | ~level.any(),
        limit=longest,
    )
    proof.can("two", "an event is under way while one is held", received.valid & (level == 2))
    before = Signal(name="one_given")
    with m.If(given):
        m.d.sync += before.eq(1)
    proof.can("second", "a second event comes", given & before)


def _alternating(m: Module) -> Signal:
    odd = Signal()
    m.d.sync += odd.eq(~odd)
    return odd


def _before(m: Module, wire: Value) -> Signal:
    before = Signal()
    m.d.sync += before.eq(wire)
    return before


def _impatient(m: Module, inner: Any, outer: Any) -> None:
    m.d.comb += outer.link.req.eq(inner.link.req & ~_before(m, inner.link.req))


def _overlapping(m: Module, inner: Any, outer: Any) -> None:
    m.d.comb += outer.link.req.eq(inner.link.req | (outer.link.ack & _alternating(m)))


def _moving(m: Module, inner: Any, outer: Any) -> None:
    m.d.comb += outer.link.payload.address.eq(inner.link.payload.address ^ _alternating(m))


def _doubled(m: Module, inner: Any, outer: Any) -> None:
    again = Signal()
    with m.If(inner.events.ready & outer.events.valid):
        m.d.sync += again.eq(~again)
    m.d.comb += outer.events.ready.eq(inner.events.ready & again)


def _mute(m: Module, inner: Any, outer: Any) -> None:
    m.d.comb += outer.link.req.eq(0)


def _greedy(m: Module, inner: Any, outer: Any) -> None:
    m.d.comb += outer.events.ready.eq(1)


def _hasty(m: Module, inner: Any, outer: Any) -> None:
    m.d.comb += outer.link.ack.eq(inner.link.ack | _alternating(m))


def _withdrawing(m: Module, inner: Any, outer: Any) -> None:
    m.d.comb += outer.link.ack.eq(inner.link.ack & _alternating(m))


def _inverted(m: Module, inner: Any, outer: Any) -> None:
    m.d.comb += outer.received.payload.address.eq(~inner.received.payload.address)


def _invented(m: Module, inner: Any, outer: Any) -> None:
    m.d.comb += outer.received.valid.eq(inner.received.valid | outer.link.req)


def _pushing(m: Module, inner: Any, outer: Any) -> None:
    kept = Signal()
    with m.If(outer.received.ready):
        m.d.sync += kept.eq(0)
    with m.Elif(inner.received.valid):
        m.d.sync += kept.eq(1)
    m.d.comb += [inner.received.ready.eq(1), outer.received.valid.eq(inner.received.valid | kept)]


def _silent(m: Module, inner: Any, outer: Any) -> None:
    m.d.comb += outer.link.ack.eq(0)


def _stuck(m: Module, inner: Any, outer: Any) -> None:
    ever = Signal()
    with m.If(inner.link.ack):
        m.d.sync += ever.eq(1)
    m.d.comb += outer.link.ack.eq(inner.link.ack | ever)


FAULTS: dict[str, tuple[str, Tampering]] = {
    "impatient": ("a request falls by itself", _impatient),
    "overlapping": ("requests rise before the acknowledge has fallen", _overlapping),
    "moving": ("bit 0 of the address changes every cycle", _moving),
    "doubled": ("every event is sent twice", _doubled),
    "mute": ("nothing is requested", _mute),
    "greedy": ("events are taken while another one is sent", _greedy),
    "hasty": ("every other cycle is acknowledged", _hasty),
    "withdrawing": ("acknowledges are there every other cycle", _withdrawing),
    "inverted": ("events come inverted", _inverted),
    "invented": ("an event is shown as soon as it is requested", _invented),
    "pushing": ("an event is acknowledged while another one is held", _pushing),
    "silent": ("nothing is acknowledged", _silent),
    "stuck": ("an acknowledge never falls", _stuck),
}
