"""Designs that use every kind of statement and cell, for the tests of the Verilog writer.

Each is a function that gives an elaboratable and its ports; None where it declares them itself.
"""

from collections.abc import Callable, Sequence
from typing import Any

from amaranth.hdl import (
    Array,
    Assert,
    Cat,
    ClockDomain,
    ClockSignal,
    Const,
    Elaboratable,
    EnableInserter,
    Format,
    Module,
    Mux,
    Print,
    ResetInserter,
    Signal,
    Value,
    signed,
    unsigned,
)
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

Made = tuple[Any, Sequence[Any] | None]


class Described(Elaboratable):
    """What a function adds to an empty module."""

    def __init__(self, describe: Callable[[Module], Any]) -> None:
        self.describe = describe

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        self.describe(m)
        return m


def stream_payload() -> Made:
    class P(wiring.Component):
        def __init__(self) -> None:
            taken = data.StructLayout({"bits": unsigned(8), "k": signed(3)})
            given = data.StructLayout({"value": unsigned(4), "k": signed(5)})
            super().__init__({"i": In(stream.Signature(taken)), "o": Out(stream.Signature(given))})

        def elaborate(self, platform: Any) -> Module:
            m = Module()
            full = Signal()
            held = Signal.like(self.i.payload)
            m.d.comb += [self.o.valid.eq(full), self.i.ready.eq(~full | self.o.ready)]
            with m.If(self.i.ready):
                m.d.sync += full.eq(self.i.valid)
                m.d.sync += held.eq(self.i.payload)
                m.d.sync += self.o.payload.value.eq(sum(self.i.payload.bits[n] for n in range(8)))
            m.d.comb += self.o.payload.k.eq(held.k + 1)
            return m

    return P(), None


def fsm() -> Made:
    go, stop, tick = Signal(name="go"), Signal(name="stop"), Signal(4, name="tick")
    out, cnt = Signal(3, name="out"), Signal(5, init=7, name="cnt")

    def body(m: Module) -> None:
        with m.FSM() as f:
            with m.State("IDLE"):
                m.d.comb += out.eq(1)
                with m.If(go & ~stop):
                    m.next = "RUN"
            with m.State("RUN"):
                m.d.sync += cnt.eq(cnt + tick)
                with m.If(cnt > 20):
                    m.next = "WAIT"
                with m.Elif(stop):
                    m.next = "IDLE"
                m.d.comb += out.eq(Cat(go, stop, f.ongoing("RUN")))
            with m.State("WAIT"):
                m.d.sync += cnt.eq(0)
                m.next = "END"
            with m.State("END"), m.If(tick == 3):
                m.next = "IDLE"
            with m.State("DEAD"):
                m.next = "IDLE"

    return Described(body), [go, stop, tick, out, cnt]


def memories() -> Made:
    addr, waddr, wdata = Signal(4, name="addr"), Signal(4, name="waddr"), Signal(12, name="wdata")
    wen, ren, wen2 = Signal(3, name="wen"), Signal(name="ren"), Signal(name="wen2")
    outs = [Signal(12, name=f"o{n}") for n in range(6)]

    def body(m: Module) -> None:
        m.submodules.ram = ram = Memory(shape=12, depth=16, init=[n * 273 for n in range(13)])
        w = ram.write_port(granularity=4)
        w2 = ram.write_port()
        r = ram.read_port()
        rt = ram.read_port(transparent_for=[w])
        rt2 = ram.read_port(transparent_for=[w, w2])
        ra = ram.read_port(domain="comb")
        m.submodules.rom = rom = Memory(shape=12, depth=10, init=[5, 6, 7])
        q = rom.read_port()
        m.submodules.one = one = Memory(shape=3, depth=1, init=[5])
        o, ow = one.read_port(domain="comb"), one.write_port()
        m.d.comb += [
            w.addr.eq(waddr),
            w.data.eq(wdata),
            w.en.eq(wen),
            w2.addr.eq(waddr + 1),
            w2.data.eq(~wdata),
            w2.en.eq(wen2),
            r.addr.eq(addr),
            r.en.eq(ren),
            rt.addr.eq(addr),
            rt.en.eq(ren),
            rt2.addr.eq(waddr ^ wen),
            ra.addr.eq(addr),
            q.addr.eq(addr),
            ow.data.eq(wdata),
            ow.en.eq(wen2),
            outs[0].eq(r.data),
            outs[1].eq(rt.data),
            outs[2].eq(rt2.data),
            outs[3].eq(ra.data),
            outs[4].eq(q.data >> 2),
            outs[5].eq(o.data),
        ]

    return Described(body), [addr, waddr, wdata, wen, ren, wen2, *outs]


def signed_arithmetic() -> Made:
    a, b = Signal(signed(6), name="a"), Signal(signed(4), name="b")
    u, v = Signal(5, name="u"), Signal(3, name="v")
    e = [
        a + b,
        a - u,
        u - b,
        a * b,
        a * u,
        u * v,
        u // v,
        a // b,
        u // b,
        a // u,
        a % b,
        u % v,
        u % b,
        a % u,
        -a,
        -u,
        ~a,
        abs(a),
        a < b,
        a <= u,
        u > b,
        a >= b,
        a == b,
        u != a,
        a < -9,
        u < 0,
        u >= 0,
        a & u,
        a | b,
        a ^ u,
        a << v,
        u << v,
        a >> v,
        u >> v,
        a.bool(),
        a.all(),
        a.xor(),
        Mux(v[0], a, u),
        a.shift_left(2),
        u * 8,
        a * 4,
        a * -3,
        u + 0,
        0 - a,
        u // 1,
        u // 0,
        Const(3, 2) + Const(-1, 1),
        a.rotate_left(2),
        u.replicate(2),
        v < 7,
        v <= 7,
        v > 7,
        v >= 7,
        a > 31,
        a >= -32,
        a < -31,
        u.matches("1--01", "0-1--"),
        Const(0, 0) + u,
        Const(0, 0) == u,
        a - Const(0, 0),
        (a + b) * (u - v),
        (a >> v) + b,
        (a * b) >> 2,
        (a + b)[2:5],
        (u + v)[5],
        (a // b)[1:3],
    ]
    outs = [Signal(Value.cast(x).shape(), name=f"o{n}") for n, x in enumerate(e)]

    def body(m: Module) -> None:
        m.d.comb += [out.eq(value) for out, value in zip(outs, e, strict=True)]

    return Described(body), [a, b, u, v, *outs]


def parts() -> Made:
    a, b = Signal(20, name="a"), Signal(7, name="b")
    s, t, x = Signal(3, name="s"), Signal(5, name="t"), Signal(4, name="x")
    o = [Signal(n, name=f"o{i}") for i, n in enumerate((4, 4, 3, 5, 1, 6, 8, 20, 7, 16))]
    words = Array(Signal(4, name=f"word_{n}", init=n) for n in range(5))

    def body(m: Module) -> None:
        m.d.comb += [
            o[0].eq(a.bit_select(s, 4)),
            o[1].eq(a.word_select(s, 4)),
            o[2].eq(b.bit_select(s, 3)),
            o[3].eq(a.bit_select(t, 5)),
            o[4].eq(a.bit_select(x, 1)),
            o[5].eq(a.word_select(x, 3)),
            o[6].eq(words[s]),
            o[8].eq((a ^ Cat(t, t, t, t)).bit_select(x, 7)),
            o[9].eq(Const(0x1234_5678, 32).word_select(s[:1], 16)),
        ]
        m.d.sync += o[7].bit_select(t, 5).eq(x)
        m.d.sync += words[s[:2]].eq(x)
        with m.If(a[0]):
            m.d.sync += o[7].word_select(s, 2).eq(b)

    return Described(body), [a, b, s, t, x, *o]


class Level(enum.Enum, shape=2):  # type: ignore[call-arg]  # amaranth's enum takes it
    LOW = 0
    MID = 1
    HIGH = 3


def switches() -> Made:
    s, t = Signal(4, name="s"), Signal(2, name="t")
    level_e = Signal(Level, name="level")
    level = level_e.as_value()
    y, z, w = Signal(6, init=9, name="y"), Signal(6, name="z"), Signal(8, name="w")
    one, vec1 = Signal(name="one"), Signal(1, name="vec1")

    def body(m: Module) -> None:
        with m.Switch(s):
            with m.Case("1--0", "0011"):
                m.d.comb += y.eq(s + t)
                m.d.sync += w[4:].eq(s)
            with m.Case("--01"):
                m.d.comb += y[2:4].eq(t)
                m.d.sync += w[:4].eq(s)
            with m.Case(2, 6):
                m.d.comb += y.eq(z)
            with m.Default():
                m.d.sync += w.eq(w + 3)
        with m.Switch(level_e):
            with m.Case(Level.LOW):
                m.d.comb += z.eq(s)
            with m.Case(Level.MID):
                m.d.comb += z.eq(~s)
            with m.Case(Level.HIGH):
                m.d.comb += z.eq(s << 1)
        with m.Switch(t):
            with m.Case(0):
                m.d.comb += one.eq(s.any())
            with m.Case(1):
                m.d.comb += one.eq(s.all())
            with m.Case(2):
                pass
            with m.Case():
                m.d.comb += one.eq(1)
        with m.If(t[0]):
            with m.If(s[1]):
                m.d.comb += vec1[0].eq(s[3])
            m.d.comb += vec1[0].eq(s[2])
        with m.If(Const(1)):
            m.d.sync += w[0].eq(t[1])

    return Described(body), [s, t, level, y, z, w, one, vec1]


def hierarchy() -> Made:
    a, b, en = Signal(8, name="a"), Signal(8, name="b"), Signal(name="en")
    o, p, q = Signal(9, name="o"), Signal(8, name="p"), Signal(10, name="q")

    def body(m: Module) -> None:
        def child(mm: Module) -> None:
            inner = Signal(9)
            mm.d.sync += inner.eq(a + b)
            mm.d.comb += o.eq(inner + 1)
            dead = Signal(8)
            mm.d.sync += dead.eq(dead + a)

            def grandchild(mmm: Module) -> None:
                mmm.d.comb += p.eq(a ^ (b >> 1))
                mmm.d.sync += q.eq(q + p)

            mm.submodules.deep = Described(grandchild)

        m.submodules.left = EnableInserter(en)(Described(child))

    return Described(body), [a, b, en, o, p, q]


def registers() -> Made:
    a, en, clear = Signal(8, name="a"), Signal(name="en"), Signal(name="clear")
    plain, loose = Signal(8, init=0x5A, name="plain"), Signal(8, reset_less=True, name="loose")
    gated, cleared, bits = (
        Signal(8, name="gated"),
        Signal(8, init=3, name="cleared"),
        Signal(3, init=5, name="bits"),
    )
    both = Signal(4)

    def body(m: Module) -> None:
        m.d.sync += [plain.eq(a), loose.eq(loose ^ a), bits[0].eq(a[0])]
        with m.If(a[7]):
            m.d.sync += bits[2].eq(a[1])
        sub = Module()
        sub.d.sync += gated.eq(gated + a)
        with sub.If(a[3]):
            sub.d.sync += both[1:3].eq(a)
        m.submodules.gate = ResetInserter(clear)(EnableInserter(en)(sub))
        sub2 = Module()
        sub2.d.sync += cleared.eq(cleared - a)
        m.submodules.clear = EnableInserter(en)(ResetInserter(clear)(sub2))

    return Described(body), [a, en, clear, plain, loose, gated, cleared, bits, both]


def asynchronous() -> Made:
    a, q, n = Signal(4, name="a"), Signal(4, init=9, name="q"), Signal(4, name="n")
    por = Signal()

    def body(m: Module) -> None:
        m.domains.alt = cd = ClockDomain(async_reset=True)
        m.domains.neg = nd = ClockDomain(clk_edge="neg", reset_less=True)
        m.d.comb += [cd.clk.eq(ClockSignal("sync")), cd.rst.eq(por), nd.clk.eq(ClockSignal("sync"))]
        m.d.alt += q.eq(q + a)
        m.d.neg += n.eq(q)
        with m.If(a == 2):
            m.d.neg += n.eq(0)
        m.d.sync += por.eq(a == 7)

    return Described(body), [a, q, n]


def adder_tree() -> Made:
    x, total, top = Signal(64, name="x"), Signal(7, name="total"), Signal(2, name="top")

    def body(m: Module) -> None:
        level = [x[n] for n in range(64)]
        depth = 0
        while len(level) > 1:
            nxt = []
            for n in range(0, len(level), 2):
                s = Signal(depth + 2, name=f"sum_{depth}_{n // 2}")
                m.d.comb += s.eq(level[n] + level[n + 1])
                nxt.append(s)
            level, depth = nxt, depth + 1
        m.d.sync += total.eq(level[0])
        m.d.comb += top.eq(sum(x[n] for n in range(40))[4:6])

    return Described(body), [x, total, top]


def tidiness() -> Made:
    """Unused inputs, kept wires, aliases, keywords, dead bits, prints and assertions."""
    a, never, o, o2 = (
        Signal(8, name="a"),
        Signal(5, name="never"),
        Signal(8, name="reg"),
        Signal(8, name="o2"),
    )
    same, hi, lo = Signal(8, name="same"), Signal(4, name="hi"), Signal(4, name="lo")
    dead, kept = Signal(8, name="dead"), Signal(8, attrs={"keep": 1}, name="kept")
    kept_slice = Signal(3, attrs={"keep": True})
    s = Signal(data.StructLayout({"x": 4, "y": signed(5), "z": data.ArrayLayout(2, 3)}))
    acc, carry, c = Signal(12, name="always"), Signal(9, name="carry"), Signal(name="c")

    def body(m: Module) -> None:
        m.d.comb += [dead.eq(a + 3), kept.eq(a ^ 0x3C), kept_slice.eq(a[3:6]), same.eq(a)]
        m.d.sync += [s.x.eq(a), s.y.eq(a >> 1), s.z[1].eq(same)]
        m.d.sync += acc.eq(acc + a)
        m.d.comb += [carry.eq(a + same), c.eq(carry[8])]
        m.d.comb += [o.eq(Cat(s.z[1], s.y[:3], acc[10:], c)), o2.eq(o), hi.eq(acc[2:6]), lo.eq(hi)]
        m.d.sync += Print(Format("{}", a))
        m.d.comb += Assert(a != 3)

    return Described(body), [a, never, o, o2, lo]


def combinational() -> Made:
    a, b, c, y = Signal(4, name="a"), Signal(4, name="b"), Signal(name="c"), Signal(4, name="y")

    def body(m: Module) -> None:
        t = Signal(4)
        m.d.comb += t.eq(a)
        with m.If(c):
            m.d.comb += t.eq(b)
        m.d.comb += y.eq(t | Cat(c, ~c))

    return Described(body), [a, b, c, y]


def wide() -> Made:
    """Large expressions, partial use of sums and products, priority encoders."""
    a, b, o = Signal(32, name="a"), Signal(signed(16), name="b"), Signal(40, name="o")
    first, none, mid, chain = (
        Signal(5, name="first"),
        Signal(name="none"),
        Signal(6, name="mid"),
        Signal(32, name="chain"),
    )

    def body(m: Module) -> None:
        m.d.comb += none.eq(1)
        for n in reversed(range(32)):
            with m.If(a[n]):
                m.d.comb += [first.eq(n), none.eq(0)]
        m.d.comb += mid.eq((a * b)[10:16] + ((a + b) >> 3))
        x = a
        for n in range(40):
            step = Signal(33, name=f"step_{n}") if n % 8 == 0 else None
            x = ((x ^ b) + n)[:32] if step is None else step[:32]
            if step is not None:
                m.d.comb += step.eq((a << 1) - n)
        m.d.comb += chain.eq(x)
        m.d.sync += o.eq(o + a * b)

    return Described(body), [a, b, o, first, none, mid, chain]


ALL = [
    stream_payload,
    fsm,
    memories,
    signed_arithmetic,
    parts,
    switches,
    hierarchy,
    registers,
    asynchronous,
    adder_tree,
    tidiness,
    combinational,
    wide,
]
