"""Row controller that skips zeros."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value
from amaranth.lib import data

from neuroloom.golden.cim.zero_skip import PlaneOrder, SelectStyle, ZeroSkipSpec
from neuroloom.hdl.cim.row_groups import at_or_above, first_rows, group_starts
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import handed_over, register
from neuroloom.hdl.slices import unsliced


class ZeroSkip(Component[ZeroSkipSpec]):
    """Serves a plane from registers ``left`` (and ``marks``), one group a cycle.

    In the cycle of a plane's last group the next plane moves up, so that no cycle is lost. Bits of
    a vector wait in a register of their own while its planes are served; the next vector is taken
    with the move of the last plane.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, lines = self.spec, self.word_lines
        plan = spec.row_groups
        advance = Signal()
        plane = self._planes(m, advance)

        def hold(level: int, values: list[Value]) -> list[Value]:
            for _ in range(spec.registers_behind.get(level, 0)):
                plane["tag"] = register(m, plane["tag"], advance, "tag")
                values = [register(m, value, advance, "ahead") for value in values]
                plane["valid"] = register(m, plane["valid"], advance, "filled")
            return values

        left = Signal(spec.rows)
        rest = Signal(spec.rows)
        selected = Signal(spec.rows)
        last = Signal()
        if plan.single:
            (bits,) = hold(0, [plane["bits"]])
            m.d.comb += [selected.eq(left), last.eq(1)]
        elif spec.style is SelectStyle.DIRECT:
            bits = plane["bits"]
            m.d.comb += selected.eq(first_rows(m, left, plan))
            m.d.comb += last.eq(~rest.any())
        else:
            bits, starts = group_starts(m, plane["bits"], plan, hold)
            marks = Signal(spec.rows - spec.group)
            beyond, between, more = at_or_above(m, marks, spec.segment)
            first = left[: spec.group]
            m.d.comb += selected.eq(Cat(first, left[spec.group :] & ~beyond))
            m.d.comb += last.eq(~more)
            with m.If(advance):
                m.d.sync += marks.eq(starts)
            with m.Elif(lines.ready):
                m.d.sync += marks.eq(marks & between)
        m.d.comb += rest.eq(left & ~selected)

        tag = Signal.like(plane["tag"])
        m.d.comb += advance.eq(~lines.valid | (lines.ready & last))
        with m.If(advance):
            m.d.sync += [left.eq(bits), tag.eq(plane["tag"]), lines.valid.eq(plane["valid"])]
        with m.Elif(lines.ready):
            m.d.sync += left.eq(rest)
        empty = register(m, ~bits.any(), advance, "empty")
        m.d.comb += [lines.payload.rows.eq(selected), lines.payload.last_group.eq(last)]
        m.d.comb += lines.payload.empty.eq(empty)
        if spec.bit_serial:
            m.d.comb += lines.payload.plane.eq(tag[: spec.plane_bits])
            m.d.comb += lines.payload.last_plane.eq(
                tag[spec.plane_bits]
                if spec.skip_empty_planes
                else tag[: spec.plane_bits] == self._end
            )
        if spec.tag_bits:
            m.d.comb += lines.payload.tag.eq(tag[-spec.tag_bits :])
        return m

    @property
    def _end(self) -> int:
        """The plane that is served last."""
        return 0 if self.spec.order is PlaneOrder.MSB_FIRST else self.spec.input_bits - 1

    def _planes(self, m: Module, take: Value) -> dict[str, Any]:
        """What is served next: its bits, its tag for the output, whether it is there.

        ``take`` moves on to the plane after it.
        """
        spec, vector = self.spec, self.vector
        if not spec.bit_serial:
            m.d.comb += vector.ready.eq(take)
            bits, tag = vector.payload["values"], vector.payload.tag if spec.tag_bits else C(0, 0)
            return {"bits": bits, "tag": tag, "valid": vector.valid}
        held = Signal(data.ArrayLayout(spec.input_bits, spec.rows))
        held_tag = Signal(spec.tag_bits)
        full = Signal()
        last = Signal()
        m.d.comb += vector.ready.eq(~full | (take & last))
        accept = handed_over(vector)
        with m.If(take & last):
            m.d.sync += full.eq(0)
        with m.If(accept):
            m.d.sync += full.eq(1)
            m.d.sync += held.eq(vector.payload["values"])
            if spec.tag_bits:
                m.d.sync += held_tag.eq(vector.payload.tag)
        chosen = self._chosen if spec.skip_empty_planes else self._shifted
        bits, tag = chosen(m, held, accept, take & full, last)
        return {"bits": bits, "tag": Cat(tag, held_tag), "valid": full}

    def _shifted(
        self, m: Module, held: Any, accept: Value, move: Value, last: Signal
    ) -> tuple[Value, Value]:
        """The plane at the end of the register that shifts."""
        spec = self.spec
        from_top = spec.order is PlaneOrder.MSB_FIRST
        start = spec.input_bits - 1 if from_top else 0
        plane = Signal(range(spec.input_bits), init=start)
        m.d.comb += last.eq(plane == self._end)
        with m.If(move):
            m.d.sync += plane.eq(Mux(last, start, plane - 1 if from_top else plane + 1))
        with m.If(move & ~accept):
            rows = [held[row] for row in range(spec.rows)]
            moved = [Cat(0, row[:-1]) if from_top else Cat(row[1:], 0) for row in rows]
            m.d.sync += held.eq(Cat(moved))
        bits = Signal(spec.rows)
        m.d.comb += bits.eq(Cat(held[row][start] for row in range(spec.rows)))
        return bits, plane

    def _chosen(
        self, m: Module, held: Any, accept: Value, move: Value, last: Signal
    ) -> tuple[Value, Value]:
        """The first plane in order that has ones and was not served yet."""
        spec = self.spec
        planes = range(spec.input_bits)
        order = list(planes)[::-1] if spec.order is PlaneOrder.MSB_FIRST else list(planes)
        below, low = unsliced(Value.cast(self.vector.payload["values"]))
        some = Signal(spec.input_bits)
        waiting = Signal(spec.input_bits)
        for plane in planes:
            ones = Cat(below[low + row * spec.input_bits + plane] for row in range(spec.rows))
            m.d.comb += some[plane].eq(ones.any())
        plane = Signal(range(spec.input_bits))
        following = Signal(spec.input_bits)
        bits = Signal(spec.rows)
        m.d.comb += following.eq(0)
        for place, each in enumerate(order):
            with m.If(waiting[each]) if not place else m.Elif(waiting[each]):
                m.d.comb += plane.eq(each)
                m.d.comb += bits.eq(Cat(held[row][each] for row in range(spec.rows)))
                for later in order[place + 1 :]:
                    m.d.comb += following[later].eq(waiting[later])
        m.d.comb += last.eq(~following.any())
        with m.If(accept):
            m.d.sync += waiting.eq(Mux(some.any(), some, 1 << order[-1]))
        with m.Elif(move):
            m.d.sync += waiting.eq(following)
        return bits, Cat(plane, last)
