"""Bugs of the kinds that benches miss, each a change of the text of one module."""

from dataclasses import dataclass
from types import CodeType

from neuroloom.flows.mutation.source import source_of


@dataclass(frozen=True)
class Bug:
    """``before`` became ``after`` in a module below ``neuroloom.hdl``."""

    kind: str
    macro: str
    module: str
    what: str
    """What goes wrong, for a reader."""
    before: str
    after: str

    @property
    def in_function(self) -> bool:
        """All of them are within what elaborates."""
        return True

    @property
    def lines(self) -> tuple[int, int]:
        """First and last line of the text that changes. ValueError where it is not there once."""
        text = source_of(self.module).read_text()
        if text.count(self.before) != 1:
            raise ValueError(f"{self.module} has {self.before!r} {text.count(self.before)} times")
        first = text[: text.index(self.before)].count("\n") + 1
        return first, first + self.before.count("\n")

    def compiled(self) -> CodeType:
        """The module with the bug in it."""
        file = source_of(self.module)
        return compile(file.read_text().replace(self.before, self.after), str(file), "exec")


RESET = "reset in the middle of a load or of work"
LOST = "what may be lost"
ENDS = "ends of parameters"
READY = "which inputs are taken while outputs wait"
TURNS = "who waits for whom"
ORDER = "order of tokens"
SIZES = "sizes that the default does not have"
LINKS = "partners that are not reset"
PULSES = "widths of pulses"
LIMITS = "full, empty and limit states"

POSITION = "position = Signal(range(self.depth))"
COUNTED = "position = Signal(range(self.depth), reset_less=True)"
END = "\n    return found, Cat(low, high)\n\n\ndef lowest_preferred"
PUT = "counter(m, put, store, put == self.depth - 1)"

BUGS = (
    *(
        Bug(
            RESET,
            name,
            "memories.parameters",
            "the count of a load outlives reset",
            POSITION,
            COUNTED,
        )
        for name in ("activation", "bnn_layer", "crossbar", "digital_processor")
    ),
    Bug(
        RESET,
        "multi_threshold",
        "cim.multi_threshold",
        "the count of a load outlives reset",
        "number = Signal(spec.output_bits, init=1)",
        "number = Signal(spec.output_bits, init=1, reset_less=True)",
    ),
    Bug(
        RESET,
        "max_pool",
        "bnn.max_pool",
        "the column outlives reset",
        "column = Signal(range(spec.width))",
        "column = Signal(range(spec.width), reset_less=True)",
    ),
    Bug(
        RESET,
        "event_fifo",
        "streams.stream_fifo",
        "full or empty is not known after reset",
        "filled = Signal()\n        empty",
        "filled = Signal(reset_less=True)\n        empty",
    ),
    Bug(
        LOST,
        "event_fifo",
        "events.event_fifo",
        "the count of lost events wraps",
        "with m.Elif(write.valid & ~lost.all()):",
        "with m.Elif(write.valid):",
    ),
    Bug(
        LOST,
        "event_fifo",
        "events.event_fifo",
        "an event that was lost is told twice",
        "m.d.sync += lost.eq(0)",
        "m.d.sync += lost.eq(lost)",
    ),
    Bug(
        LOST,
        "spike_register",
        "events.spike_register",
        "a second merge is forgotten",
        "again.eq(staying & (again | rising))",
        "again.eq(staying & rising)",
    ),
    Bug(
        LOST,
        "aer_link",
        "events.aer_link",
        "the first loss is not told",
        "m.d.sync += lost.eq(1)",
        "m.d.sync += lost.eq(lost)",
    ),
    Bug(
        LOST,
        "router",
        "events.drop_counter",
        "the count of dropped packets wraps",
        "Mux(following[-1], (1 << self.bits) - 1, following)",
        "following",
    ),
    Bug(
        ENDS,
        "arbiter",
        "streams.arbitration",
        "a weight of 255 counts as 127",
        "if weight - 1 >> bit & 1",
        "if (weight - 1) % 128 >> bit & 1",
    ),
    *(
        Bug(
            ENDS,
            name,
            "formats",
            "what is one above the greatest result wraps",
            "with m.If(value > fmt.maximum):",
            "with m.If(value > fmt.maximum + 1):",
        )
        for name in ("requantize", "activation")
    ),
    Bug(
        ENDS,
        "activation",
        "cim.activation",
        "what far shifts lose does not count for ties",
        "lost = shifted[:distance].any()",
        "lost = shifted[distance - 1]",
    ),
    Bug(
        ENDS,
        "crossbar_core",
        "neurons.crossbar_neuron",
        "noise is added to the wrong thresholds",
        "masked.eq(Mux(floored, 0,",
        "masked.eq(Mux(negative & ~floored, 0,",
    ),
    Bug(
        READY,
        "event_dedupe",
        "events.event_dedupe",
        "a repeated event waits for the output",
        "events.ready.eq(free | ~passes)",
        "events.ready.eq(free)",
    ),
    Bug(
        READY,
        "event_stamper",
        "events.event_stamper",
        "a tick waits for the output",
        "events.ready.eq(free | ~gives)",
        "events.ready.eq(free)",
    ),
    Bug(
        READY,
        "rram_layer",
        "bnn.rram_layer",
        "a token is taken before the array has recovered",
        "can_read = Mux(asked, sense.request.ready, under_way | sense.request.ready)",
        "can_read = Mux(asked, sense.request.ready, 1)",
    ),
    Bug(
        TURNS,
        "router",
        "events.router_switch",
        "an output serves its first input first",
        "round_robin(m, requests, load)[0]",
        "round_robin(m, requests, load & 0)[0]",
    ),
    *(
        Bug(
            TURNS,
            name,
            "streams.arbitration",
            "the turn does not go on",
            "m.d.sync += behind.eq(above[1:])",
            "m.d.sync += behind.eq(0)",
        )
        for name in ("arbiter", "event_merge", "mesh")
    ),
    Bug(
        ORDER,
        "event_fifo",
        "streams.stream_fifo",
        "an event overtakes those in the memory",
        "bypass = accept & free & empty",
        "bypass = accept & free",
    ),
    Bug(
        ORDER,
        "router",
        "streams.stream_fifo",
        "two packets of a buffer change places",
        "m.d.sync += filled.eq(Cat(1, filled[:-1]))",
        "m.d.sync += [filled.eq(Cat(1, filled[:-1])), places[0].eq(self.input.payload), "
        "places[-1].eq(places[0])]",
    ),
    Bug(
        SIZES,
        "event_fifo",
        "streams.stream_fifo",
        "the pointer wraps at powers of two only",
        PUT,
        "counter(m, put, store, 0)",
    ),
    Bug(
        SIZES,
        "aer_encoder",
        "arith.one_hot",
        "two winners among more than 128",
        f"in_high.eq(any_high & ~any_low){END}",
        f"in_high.eq(any_high){END}",
    ),
    Bug(
        SIZES,
        "max_pool",
        "bnn.max_pool",
        "heights that the window does not divide",
        "restart = last_down | last_row if spec.height % spec.kernel else last_down",
        "restart = last_down",
    ),
    Bug(
        LINKS,
        "aer_link",
        "events.aer_link",
        "a busy receiver is not waited for",
        "acknowledged = synchronized(m, ack, spec.synchronizer, init=1)",
        "acknowledged = synchronized(m, ack, spec.synchronizer, init=0)",
    ),
    Bug(
        LINKS,
        "aer_link",
        "events.aer_link",
        "a strobe that is high through reset is an event",
        "before = Signal(init=1)",
        "before = Signal(init=0)",
    ),
    Bug(
        PULSES,
        "xnor_sense",
        "bnn.xnor_sense",
        "precharge takes as long as evaluation",
        "timer.eq(precharge)",
        "timer.eq(evaluate)",
    ),
    Bug(
        PULSES,
        "rram_program",
        "bnn.rram_program",
        "gaps are a cycle short",
        "m.d.sync += [pulses.strobe.eq(0), timer.eq(spec.gap_cycles)]",
        "m.d.sync += [pulses.strobe.eq(0), timer.eq(spec.gap_cycles - 1)]",
    ),
    Bug(
        PULSES,
        "aer_link",
        "events.aer_link",
        "a strobe is a cycle short",
        "with m.If(elapsed == spec.setup + spec.pulse - 1):",
        "with m.If(elapsed == spec.setup + max(spec.pulse - 2, 0)):",
    ),
    Bug(
        LIMITS,
        "imc_core",
        "imc.imc_core",
        "one window too many in flight",
        "full = waiting == most if parallel == 1 else waiting > most - parallel",
        "full = waiting == most + 1 if parallel == 1 else waiting > most - parallel + 1",
    ),
    Bug(
        LIMITS,
        "event_fifo",
        "streams.stream_fifo",
        "the queue is full before it is",
        "self.input.ready.eq(~(meet & filled))",
        "self.input.ready.eq(~filled)",
    ),
    Bug(
        LIMITS,
        "event_fifo",
        "streams.stream_fifo",
        "full is taken for empty",
        "empty.eq(meet & ~filled)",
        "empty.eq(meet)",
    ),
    Bug(
        LIMITS,
        "delay_scheduler",
        "events.delay_scheduler",
        "a tick may begin during another",
        "events.ready.eq(~walking & ~silent)",
        "events.ready.eq(~walking)",
    ),
)
