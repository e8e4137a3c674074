"""Equal submodules written as one module, instanced as often as they occur."""

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from amaranth.back import rtlil
from amaranth.hdl import ClockSignal, Instance, ResetSignal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

_CLOCKED = re.compile(r"^  wire width 1 input \d+ +\\(clk|rst)$", re.MULTILINE)
_TOP = "attribute \\top 1\n"


class Shared(wiring.Elaboratable):
    """``component`` as a submodule that shares its module with all of its class and ``key``.

    Whoever gives the same key promises the same hardware. On a platform with ``modules`` it is
    elaborated once and instanced from then on, which saves time and text in proportion; without,
    as in a simulation of the Amaranth design, it is the component itself. Domain ``sync`` only.
    """

    def __init__(self, component: wiring.Component, *key: Hashable) -> None:
        self.component = component
        self.key = (type(component), *key)
        component._MustUse__used = True  # its ports are used, it may never be elaborated

    def elaborate(self, platform: Any) -> Any:
        if platform is None or platform.modules is None:
            return self.component
        return platform.modules.instance(self.component, self.key, platform)


@dataclass(frozen=True)
class _Definition:
    name: str
    clocked: frozenset[str]
    """Names that it has of ``clk`` and ``rst``."""


class SharedModules:
    """Modules of which every :class:`Shared` on the same platform is an instance.

    ``text`` has their RTLIL, to stand before that of the design ``top``.
    """

    def __init__(self, top: str) -> None:
        self.top = top
        self.text = ""
        self._definitions: dict[Hashable, _Definition] = {}
        self._names: set[str] = set()

    def instance(self, component: wiring.Component, key: Hashable, platform: Any) -> Instance:
        """An instance with the ports of ``component``, whose module is written if it is new."""
        definition = self._definitions.get(key)
        if definition is None:
            definition = self._definitions[key] = self._define(component, platform)
        ports: dict[str, Any] = {}
        for path, member, value in component.signature.flatten(component):
            letter = "i" if member.flow is In else "o"
            ports[f"{letter}_{'__'.join(map(str, path))}"] = Value.cast(value)
        for name, signal in (("clk", ClockSignal()), ("rst", ResetSignal())):
            if name in definition.clocked:
                ports[f"i_{name}"] = signal
        return Instance(definition.name, **ports)

    def _define(self, component: wiring.Component, platform: Any) -> _Definition:
        base = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(component).__name__).lower()
        label, number = base, 1
        while label in self._names:
            number += 1
            label = f"{base}_{number}"
        self._names.add(label)
        name = f"{self.top}.{label}"
        text = rtlil.convert(component, name=name, platform=platform, emit_src=False)
        begin = text.index(_TOP)
        own = text[begin : text.index("\nend\n", begin)]
        self.text += text.replace(_TOP, "")
        return _Definition(name, frozenset(_CLOCKED.findall(own)))
