"""A router among others, whose links to them count credits."""

from dataclasses import replace
from typing import ClassVar

from pydantic import Field as Parameter

from neuroloom.golden.events.packets import Port, Side
from neuroloom.golden.events.router import DROPPED, RouterSpec
from neuroloom.golden.ports import Handshake, Stream


class RouterNodeSpec(RouterSpec):
    """A ``router`` as a part of a mesh: the sides in ``credited`` have links that count credits.

    How many copies it drops in a cycle goes to the mesh, which has the stream of them.
    """

    macro: ClassVar[str] = "router_node"
    summary: ClassVar[str] = "router whose links to other routers count credits"

    credited: tuple[Side, ...] = Parameter(description="sides whose links count credits")

    @property
    def plain(self) -> RouterSpec:
        """The router without its links."""
        return RouterSpec(**{name: getattr(self, name) for name in RouterSpec.model_fields})

    def _linked(self, streams: dict[Port, Stream]) -> dict[Port, Stream]:
        return {
            port: replace(stream, handshake=Handshake.CREDIT) if port in self.credited else stream
            for port, stream in streams.items()
        }

    @property
    def inputs(self) -> dict[Port, Stream]:
        return self._linked(super().inputs)

    @property
    def outputs(self) -> dict[Port, Stream]:
        return self._linked(super().outputs)

    @property
    def streams(self) -> tuple[Stream, ...]:
        return tuple(stream for stream in super().streams if stream.name != DROPPED)
