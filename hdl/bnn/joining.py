"""Links of a chain: streams whose fields have names of their own, queues and adapters between."""

from typing import Any

from amaranth.hdl import Module, Value

from neuroloom.golden.events.width_adapter import WidthAdapterSpec
from neuroloom.hdl.events.stream_fifo import StreamFifo
from neuroloom.hdl.events.width_adapter import WidthAdapter


def join(m: Module, source: Any, sink: Any) -> None:
    """Connect two streams whose tokens have the same bits, by whatever names."""
    m.d.comb += [
        Value.cast(sink.payload).eq(Value.cast(source.payload)),
        sink.valid.eq(source.valid), source.ready.eq(sink.ready),
    ]  # fmt: skip


def queue_and_adapter(
    m: Module, index: int, spec: WidthAdapterSpec, places: int, source: Any, queue_first: bool
) -> Any:
    """A queue of ``places`` tokens and a width adapter behind the stream ``source``, in that order
    or the other one; the stream that they give.
    """
    m.submodules[f"adapter{index}"] = adapter = WidthAdapter(spec)
    m.submodules[f"queue{index}"] = queue = StreamFifo(
        max(spec.input_lanes, spec.output_lanes), places
    )
    if queue_first:
        join(m, source, queue.input)
        join(m, queue.output, adapter.packed)
        return adapter.repacked
    join(m, source, adapter.packed)
    join(m, adapter.repacked, queue.input)
    return queue.output
