"""What is proved of ``cim_macro``: ones of vectors are read as often as they have to be, and every
code belongs to a read.
"""

from typing import Any

from amaranth.hdl import C, Module, Mux, Signal, Value, signed

from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.converters import Converter
from neuroloom.golden.cim.zero_skip import SelectStyle
from neuroloom.hdl.memories.table import table
from neuroloom.verif.formal import Fault, Proof, Properties, implies


class CimMacroProperties(Properties[CimMacroSpec]):
    """Reads are counted until they are answered, the ones of any one row until they are read, and
    vectors until their last sum.
    """

    def state(self, proof: Proof, component: Any) -> None:
        spec, m = self.spec, proof.m
        vector, codes, reads, sums = (
            getattr(component, name) for name in ("vector", "codes", "reads", "sums")
        )
        taken, answered, given, summed = (
            Signal(name=name) for name in ("taken", "answered", "given", "summed")
        )
        moves = zip((taken, answered, given, summed), (vector, codes, reads, sums), strict=True)
        m.d.comb += [moved.eq(stream.valid & stream.ready) for moved, stream in moves]

        # a bit more than is ever needed in each, so that a wrong count cannot wrap into a right one
        flight = Signal(signed(spec.reads_in_flight.bit_length() + 2), name="reads_in_flight")
        m.d.sync += flight.eq(flight + given - answered)
        proof.always(
            "asked",
            "a code is taken only for a read that was given",
            (flight >= 0) & implies(answered, flight > 0),
        )
        proof.always(
            "room", "no more reads wait for their code than may", flight <= spec.reads_in_flight
        )

        rows = _ones(reads.payload.rows)
        proof.always(
            "group",
            "a read raises one word line at least and a group at most",
            implies(reads.valid, (rows > 0) & (rows <= spec.group)),
        )
        most = self._most_inside
        inside = Signal(signed(most.bit_length() + 2), name="vectors_inside")
        m.d.sync += inside.eq(inside + taken - (summed & sums.payload.last))
        proof.always(
            "summed",
            "sums are those of vectors that were taken",
            (inside >= 0) & (inside <= most) & implies(sums.valid, inside > 0),
        )
        self._reads(proof, component, taken, given, inside)
        if not spec.precision_bits:
            self._last(proof, sums, summed)
        proof.at_most(
            "moves",
            "while vectors and codes are offered and reads and sums accepted something "
            "moves every few cycles",
            counted=vector.valid & codes.valid & reads.ready & sums.ready,
            cleared=taken | answered | given | summed,
            limit=self._patience,
        )
        proof.can("through", "a vector is taken while a sum leaves", taken & summed)
        proof.can("answered", "a code is taken while a read leaves", answered & given)

    def _reads(
        self, proof: Proof, component: Any, taken: Value, given: Value, inside: Value
    ) -> None:
        """Any one row, whose input has so many ones, each read in so many columns."""
        spec, m, vector = self.spec, proof.m, component.vector.payload
        steps = spec.column_map.steps
        watched = proof.constant("watched", range(spec.rows))
        proof.assume(watched < spec.rows)
        times: Value = C(max(steps))
        if spec.precision_bits:
            proof.assume(implies(component.vector.valid, vector.precision < len(steps)))
            times = table(vector.precision, steps)
        most = self._most_inside * max(steps) * spec.input_bits
        owed = Signal(signed(most.bit_length() + 2), name="reads_owed")
        wanted = _ones(Value.cast(vector["values"]).word_select(watched, spec.input_bits)) * times
        raised = component.reads.payload.rows.bit_select(watched, 1)
        m.d.sync += owed.eq(owed + Mux(taken, wanted, 0) - (given & raised))
        proof.always(
            "read",
            "a word line is raised once for each one of its input and column of a "
            "converter, before the last sum has left",
            (owed >= 0) & implies(inside == 0, owed == 0),
        )

    def _last(self, proof: Proof, sums: Any, summed: Value) -> None:
        words = self.spec.column_map.words[0]
        word = Signal(range(words), name="word_number")
        last = word == words - 1
        with proof.m.If(summed):
            proof.m.d.sync += word.eq(Mux(last, 0, word + 1))
        proof.always(
            "last",
            "the last sum of a vector is told",
            implies(sums.valid, sums.payload.last == last),
        )

    @property
    def _most_inside(self) -> int:
        """Vectors: one in each register before the rows, a tag of each, those on their way."""
        return self.spec.reads_in_flight + self.spec.pipeline + 5

    @property
    def _patience(self) -> int:
        """A vector of zeros, whose planes are not read, and the registers around them."""
        spec = self.spec
        return spec.input_bits * max(spec.column_map.steps) + spec.pipeline + 8

    def faults(self) -> list[Fault]:
        def unasked(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.codes.ready.eq(1)

        def eager(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.codes.valid.eq(1), outer.codes.ready.eq(0)]

        def crowded(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += Value.cast(outer.reads.payload.rows).eq(~0)

        def swollen(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += Value.cast(outer.reads.payload.rows).eq(
                Value.cast(inner.reads.payload.rows) | 1
            )

        def unmarked(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.sums.payload.last.eq(~inner.sums.payload.last)

        def invented(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.sums.valid.eq(1)

        def shut(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.vector.valid.eq(0), outer.vector.ready.eq(0)]

        faults = [
            Fault("unasked", "every code is taken", self.tampered(unasked), ("asked",)),
            Fault("eager", "reads go out as if codes came", self.tampered(eager), ("room",)),
            Fault("crowded", "all word lines are raised", self.tampered(crowded), ("group",)),
            Fault("swollen", "row 0 is always raised", self.tampered(swollen), ("read",)),
            Fault("invented", "a sum is always shown", self.tampered(invented), ("summed",)),
            Fault("shut", "no vector is taken", self.tampered(shut), ("moves",)),
        ]
        if not self.spec.precision_bits:
            faults.append(
                Fault("unmarked", "the last sum is told wrong", self.tampered(unmarked), ("last",))
            )
        return faults

    @classmethod
    def small_specs(cls) -> list[CimMacroSpec]:
        def spec(**fields: Any) -> CimMacroSpec:
            tiny = {
                "rows": 2,
                "columns": 2,
                "group": 1,
                "converter": Converter.BINARY,
                "adc_bits": 1,
                "columns_per_adc": 2,
                "weight_bits": (1,),
                "reads_in_flight": 2,
            }
            return CimMacroSpec.model_validate({**tiny, **fields})

        return [
            spec(),
            spec(rows=3, group=2),
            spec(group=2, weight_bits=(1, 2)),
            spec(rows=1, columns=1, columns_per_adc=1, input_bits=2, style=SelectStyle.DIRECT),
        ]


def _ones(bits: Value) -> Value:
    """How many there are."""
    total: Value = Value.cast(bits)[0]
    for bit in Value.cast(bits)[1:]:
        total = total + bit
    return total
