"""What is proved of ``width_adapter``: every element of a frame in its place, and zeros behind."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value

from neuroloom.golden.streams.width_adapter import WidthAdapterSpec
from neuroloom.verif.formal import Fault, Proof, Properties, implies


class WidthAdapterProperties(Properties[WidthAdapterSpec]):
    """Any one element of a frame is followed from the token that brings it to the one that has it.

    Frames that lie between the two sides are counted.
    """

    def state(self, proof: Proof, component: Any) -> None:
        spec, m = self.spec, proof.m
        packed, repacked = component.packed, component.repacked
        taken, given = Signal(name="taken"), Signal(name="given")
        m.d.comb += [
            taken.eq(packed.valid & packed.ready),
            given.eq(repacked.valid & repacked.ready),
        ]
        came, in_ends = _place(m, "came", spec.input_tokens, taken)
        went, out_ends = _place(m, "went", spec.output_tokens, given)
        ahead = Signal(range(4), name="frames_ahead")
        m.d.sync += ahead.eq(ahead + in_ends - out_ends)
        there = Cat(
            (came * spec.input_lanes >= min(spec.length, (token + 1) * spec.output_lanes))
            & (went == token)
            for token in range(spec.output_tokens)
        ).any()
        proof.always(
            "known",
            "a token is shown when its elements have come",
            implies(repacked.valid, ahead.any() | there),
        )
        proof.always(
            "moves",
            "while tokens are offered and accepted one moves in every cycle",
            implies(packed.valid & repacked.ready, taken | given),
        )

        watched = proof.constant("watched", range(spec.length))
        proof.assume(watched < spec.length)
        element, shown = (
            self._element(m, stream, watched, lanes)
            for stream, lanes in ((packed, spec.input_lanes), (repacked, spec.output_lanes))
        )
        followed, lag = Signal(name="followed"), Signal(range(4), name="lag_followed")
        value = Signal(spec.bits, name="value_followed")
        begins = ~followed & taken & (came == _token_of(m, watched, spec.input_lanes, spec.length))
        with m.If(begins & proof.anything("chosen", 1)):
            m.d.sync += [followed.eq(1), value.eq(element), lag.eq(ahead - out_ends)]
        with m.Elif(followed & out_ends):
            m.d.sync += [followed.eq(lag != 0), lag.eq(lag - 1)]
        here = went == _token_of(m, watched, spec.output_lanes, spec.length)
        proof.always(
            "kept",
            "an element comes out as it came in, in its place",
            implies(repacked.valid & followed & (lag == 0) & here, shown == value),
        )
        padding = spec.output_tokens * spec.output_lanes - spec.length
        if padding:
            rest = Value.cast(repacked.payload.data)[-padding * spec.bits :]
            proof.always(
                "zeros",
                "behind the last element are zeros",
                implies(repacked.valid & (went == spec.output_tokens - 1), ~rest.any()),
            )
        proof.can("through", "a token is taken while one leaves", taken & given)
        again = Signal(name="frame_given")
        with m.If(out_ends):
            m.d.sync += again.eq(1)
        proof.can("second", "a second frame comes out", given & again)

    def _element(self, m: Module, stream: Any, watched: Value, lanes: int) -> Value:
        """The watched element, if the token of the stream is the one that has it."""
        data, bits = Value.cast(stream.payload.data), self.spec.bits
        starts = (index % lanes * bits for index in range(self.spec.length))
        return _looked_up(m, watched, [data[start : start + bits] for start in starts], bits)

    def faults(self) -> list[Fault]:
        def inverted(m: Module, inner: Any, outer: Any) -> None:
            data = Value.cast(outer.repacked.payload.data)
            m.d.comb += data.eq(~Value.cast(inner.repacked.payload.data))

        def shut(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.packed.valid.eq(0), outer.packed.ready.eq(0)]

        def early(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.repacked.valid.eq(inner.repacked.valid | outer.packed.valid)

        faults = [
            Fault("inverted", "elements come out inverted", self.tampered(inverted), ("kept",)),
            Fault("shut", "nothing is taken", self.tampered(shut), ("moves",)),
            Fault(
                "early", "tokens are shown before they have come", self.tampered(early), ("known",)
            ),
        ]
        if self.spec.output_tokens * self.spec.output_lanes > self.spec.length:
            filled = Fault("filled", "ones are filled in", self.tampered(inverted), ("zeros",))
            faults.append(filled)
        return faults

    @classmethod
    def small_specs(cls) -> list[WidthAdapterSpec]:
        return [
            WidthAdapterSpec(length=length, input_lanes=narrow, output_lanes=wide, bits=1)
            for length, narrow, wide in ((3, 1, 2), (3, 2, 1), (4, 2, 2), (5, 4, 2))
        ]


def _place(m: Module, name: str, tokens: int, moves: Value) -> tuple[Signal, Signal]:
    """Place in its frame of the next token, and whether the last one moves in this cycle."""
    place, ends = Signal(range(tokens), name=name), Signal(name=f"{name}_ends")
    m.d.comb += ends.eq(moves & (place == tokens - 1))
    with m.If(moves):
        m.d.sync += place.eq(Mux(ends, 0, place + 1))
    return place, ends


def _token_of(m: Module, watched: Value, lanes: int, length: int) -> Value:
    """The token that has the watched element."""
    tokens = [C(index // lanes, range(length)) for index in range(length)]
    return _looked_up(m, watched, tokens, len(tokens[0]))


def _looked_up(m: Module, number: Value, values: list[Value], bits: int) -> Value:
    """The value of that number; a switch, since as many choices in each other are too deep."""
    value = Signal(bits)
    with m.Switch(number):
        for place, choice in enumerate(values):
            with m.Case(place):
                m.d.comb += value.eq(choice)
    return value
