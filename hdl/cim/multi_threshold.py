"""Activation by many thresholds: one comparison a stage."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Shape, Signal, Value

from neuroloom.golden.cim.multi_threshold import MultiThresholdSpec
from neuroloom.hdl.component import Component, field_shape
from neuroloom.hdl.memory_contents import parameter_memory
from neuroloom.hdl.parts import counter, handed_over, output_free, register


class MultiThreshold(Component[MultiThresholdSpec]):
    """Stage after stage finds a bit of the code, the greatest first; one value a cycle.

    Of stage s only one of 2**s thresholds of a channel matters, chosen by the bits found before.
    The thresholds of one channel are registers or constants; those of several lie in a memory a
    stage, read in the cycle before the comparison. All stages wait together while a code is held.
    A load waits for the end of a frame until no value is in progress and goes before the next.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        alone = spec.channels == 1
        advance = Signal()
        enter = handed_over(self.values)
        filled = Signal(spec.contract.latency - spec.contract.interval + 1)
        channel: Value = Signal(range(spec.channels))
        first = channel == 0
        m.d.comb += advance.eq(output_free(self.codes))
        m.d.comb += self.codes.valid.eq(filled[-1])

        thresholds, available = self._thresholds(m, first & ~filled.any())
        m.d.comb += self.values.ready.eq(advance & (available | ~first))
        with m.If(advance):
            m.d.sync += filled.eq(Cat(enter, filled[:-1]))
        counter(m, channel, enter, channel == spec.channels - 1)

        value: Value = self.values.payload.data
        found = C(0, 0)
        for stage, candidates in enumerate(thresholds):
            middle = Signal.like(self.values.payload.data, name=f"middle_{stage}")
            if alone:
                m.d.comb += middle.eq(_chosen(candidates, found))
            else:
                read = candidates.read_port()
                comes = filled[stage - 1] & advance if stage else enter
                m.d.comb += [read.addr.eq(Cat(found, channel)), read.en.eq(comes)]
                m.d.comb += middle.eq(read.data)
                value, found, channel = (
                    register(m, each, advance, f"{name}_{stage}")
                    for name, each in (("value", value), ("code", found), ("channel", channel))
                )
            reached = Signal(name=f"reached_{stage}")
            m.d.comb += reached.eq(value >= middle)
            found = Cat(reached, found)
            if alone:
                value = register(m, value, advance, f"value_{stage}")
                found = register(m, found, advance, f"code_{stage}")
        m.d.comb += self.codes.payload.code.eq(
            found if alone else register(m, found, advance, "code")
        )
        return m

    def _thresholds(self, m: Module, idle: Value) -> tuple[list[Any], Value]:
        """The thresholds of each stage, and whether a frame may begin."""
        spec = self.spec
        shape = Shape.cast(field_shape(spec.streams[0].fields[0]))
        if spec.channels > 1:
            return self._memories(m, shape, idle)
        if spec.thresholds is not None:
            row: list[Value] = [C(each, shape) for each in spec.thresholds[0]]
            return [_of_stage(row, stage) for stage in range(spec.output_bits)], C(1)
        stored = [Signal(shape, name=f"threshold_{place}") for place in range(spec.steps)]
        place = Signal(range(spec.steps))
        loaded = Signal()
        m.d.comb += self.thresholds.ready.eq(idle)
        with m.If(self.thresholds.valid & idle):
            # shifted in, so that the first of a load ends at place 0
            following = [*stored[1:], self.thresholds.payload.data]
            m.d.sync += [each.eq(later) for each, later in zip(stored, following, strict=True)]
            m.d.sync += place.eq(place + 1)
            with m.If(place == spec.steps - 1):
                m.d.sync += [place.eq(0), loaded.eq(1)]
        available = loaded & (place == 0) & ~self.thresholds.valid
        return [_of_stage(stored, stage) for stage in range(spec.output_bits)], available

    def _memories(self, m: Module, shape: Shape, idle: Value) -> tuple[list[Any], Value]:
        """A memory a stage; word ``channel << stage | bits found``."""
        spec = self.spec
        rows = spec.thresholds
        memories = []
        for stage in range(spec.output_bits):
            contents = None
            if rows is not None:
                contents = [each for row in rows for each in _of_stage(row, stage)]
            storage = parameter_memory(shape, spec.channels << stage, contents)
            m.submodules[f"stage_{stage}"] = storage
            memories.append(storage)
        if spec.thresholds is not None:
            return memories, C(1)

        # a threshold's number, from 1, says where it is compared: number 2**k at the last but k,
        # its odd multiples likewise
        number = Signal(spec.output_bits, init=1)
        channel = Signal(range(spec.channels))
        loaded = Signal()
        taken = Signal()
        m.d.comb += self.thresholds.ready.eq(idle)
        m.d.comb += taken.eq(self.thresholds.valid & idle)
        with m.If(taken):
            m.d.sync += number.eq(number + 1)
            with m.If(number == spec.steps):
                m.d.sync += number.eq(1)
                m.d.sync += channel.eq(channel + 1)
                with m.If(channel == spec.channels - 1):
                    m.d.sync += [channel.eq(0), loaded.eq(1)]
        for stage, storage in enumerate(memories):
            write = storage.write_port()
            below = spec.output_bits - stage
            here = number[:below] == 1 << (below - 1)
            m.d.comb += [
                write.addr.eq(Cat(number[below:], channel)),
                write.data.eq(self.thresholds.payload.data),
                write.en.eq(taken & here),
            ]
        begun = (number != 1) | (channel != 0)
        return memories, loaded & ~begun & ~self.thresholds.valid


def _of_stage(row: Any, stage: int) -> Any:
    """The thresholds of a row that a stage compares with."""
    half = (len(row) + 1) >> (stage + 1)
    return row[half - 1 :: 2 * half]


def _chosen(items: list[Any], index: Value) -> Any:
    """The item at ``index``."""
    if len(items) == 1:
        return items[0]
    pairs = [Mux(index[0], odd, even) for even, odd in zip(items[::2], items[1::2], strict=True)]
    return _chosen(pairs, index[1:])
