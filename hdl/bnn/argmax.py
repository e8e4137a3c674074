"""The greatest of scores that come in groups."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.hdl.parts import register


class RunningArgmax(wiring.Component):
    """First position of the greatest score over ``groups`` groups of ``lanes``.

    Interface: with ``enable``, ``scores`` of ``group`` are taken if ``valid``. In the next cycle,
    after the last group, ``complete`` is high and ``index`` and ``best`` name the winner,
    combinational from the group held and the best before it. The lowest index wins a tie.
    """

    def __init__(self, lanes: int, groups: int, bits: int) -> None:
        self.lanes = lanes
        self.groups = groups
        self.bits = bits
        super().__init__(
            {
                "enable": In(1),
                "valid": In(1),
                "group": In(range(groups)),
                "scores": In(lanes * bits),
                "complete": Out(1),
                "index": Out(range(lanes * groups)),
                "best": Out(bits),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        held = register(m, self.scores, self.enable, "held")
        held_valid = register(m, self.valid, self.enable, "held_valid")
        held_group = register(m, self.group, self.enable, "held_group")

        score, lane = self._tournament(m, held)
        kept_score = Signal(self.bits)
        kept_index = Signal.like(self.index)
        wins = Signal()
        m.d.comb += wins.eq((held_group == 0) | (score > kept_score))
        m.d.comb += self.best.eq(Mux(wins, score, kept_score))
        m.d.comb += self.index.eq(Mux(wins, held_group * self.lanes + lane, kept_index))
        m.d.comb += self.complete.eq(held_valid & (held_group == self.groups - 1))
        with m.If(self.enable & held_valid):
            m.d.sync += [kept_score.eq(self.best), kept_index.eq(self.index)]
        return m

    def _tournament(self, m: Module, scores: Value) -> tuple[Value, Value]:
        """Winner among the lanes, by pairs; the lower lane wins a tie."""
        entries: list[tuple[Value, Value]] = [
            (scores.word_select(lane, self.bits), Value.cast(lane)) for lane in range(self.lanes)
        ]
        while len(entries) > 1:
            winners = []
            for (left, left_lane), (right, right_lane) in zip(
                entries[::2], entries[1::2], strict=False
            ):
                score = Signal(self.bits)
                lane = Signal(range(self.lanes))
                later = Signal()
                m.d.comb += later.eq(right > left)
                m.d.comb += score.eq(Mux(later, right, left))
                m.d.comb += lane.eq(Mux(later, right_lane, left_lane))
                winners.append((score, lane))
            entries = winners + entries[len(winners) * 2 :]
        return entries[0]
