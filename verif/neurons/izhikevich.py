"""Stimulus for ``izhikevich``."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.neurons.izhikevich import IzhikevichSpec
from neuroloom.golden.neurons.izhikevich_behaviours import Behaviour, IzhikevichParameters
from neuroloom.golden.ports import Field, Integers, Tokens, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, joined, random_tokens

CORNERS = 6
"""Tokens that a field's ends are spread over."""
WALKS = 12
"""Neurons that are followed from rest, side by side."""


class IzhikevichStimulus(Stimulus[IzhikevichSpec]):
    """Every end of every field, any token whatever, and neurons followed event by event."""

    operations = 150

    def corners(self) -> Traffic:
        """Each field at both ends and around zero, the others at a mix of their own."""
        fields = self.spec.streams[0].fields
        columns = self._mixed(np.random.default_rng(1), CORNERS * len(fields))
        for index, field in enumerate(fields):
            place = slice(CORNERS * index, CORNERS * (index + 1))
            columns[field.name][place] = np.resize(ends(field), CORNERS)
        return {"event": columns}

    def random(self, rng: Rng, operations: int) -> Traffic:
        share = max(1, operations // 4)
        anything = random_tokens(self.spec.streams[0], rng, share)
        parts: list[Traffic] = [{"event": anything}, {"event": self._mixed(rng, share)}]
        while (left := operations - sum(len(part["event"]["tick"]) for part in parts)) > 0:
            walk = self._walk(rng, -(-operations // 8))["event"]
            parts.append({"event": {name: values[:left] for name, values in walk.items()}})
        return joined(*parts)

    def _mixed(self, rng: Rng, tokens: int) -> dict[str, Integers]:
        """Tokens whose fields are at some end or around zero."""
        return {
            field.name: rng.choice(ends(field), tokens) for field in self.spec.streams[0].fields
        }

    def _walk(self, rng: Rng, events: int) -> Traffic:
        """Some neurons from rest under inputs that lean to one side for a while."""
        spec = self.spec
        model, tokens = spec.model(), []
        state = model.state(WALKS)
        fields = {field.name: field for field in spec.streams[0].fields}
        constants = {
            name: likely(fields[name], rng)
            for name in (spec.parameter_names if spec.parameters is None else ())
        }
        weight = fields["weight"]
        for event in range(-(-events // WALKS)):
            if event % 8 == 0:
                lean = int(rng.integers(-1, 2))
            size = rng.integers(0, weight.maximum + 1, WALKS)
            inputs = {
                "tick": rng.integers(0, 2, WALKS),
                "weight": np.maximum(lean * size, weight.minimum),
            }
            tokens.append({"event": {**inputs, **state, **constants}})
            state = model.update(tokens[-1]["event"])
            state.pop("spike")
        return joined(*tokens)

    def coverage(self) -> list[Cover]:
        fmt = self.spec.formats["membrane"]
        points = [
            Cover("no spike", lambda _, got: (~spikes(got)).any()),
            Cover("from the greatest membrane", lambda sent, _: has(sent["event"], fmt.maximum)),
            Cover("from the least membrane", lambda sent, _: has(sent["event"], fmt.minimum)),
        ]
        if self.spec.parameters is not None:  # constants may leave the rest out of reach
            return points
        points += [
            Cover("to the greatest membrane", lambda _, got: has(got["update"], fmt.maximum)),
            Cover("to the least membrane", lambda _, got: has(got["update"], fmt.minimum)),
            Cover("a spike at a tick", lambda sent, got: (spikes(got) & ticks(sent)).any()),
            Cover("a spike at an input", lambda sent, got: (spikes(got) & ~ticks(sent)).any()),
        ]
        return points + [Cover(f"{name} changes", changing(name)) for name in self.spec.state_names]

    @classmethod
    def random_spec(cls, rng: Rng) -> IzhikevichSpec:
        some = rng.permutation(list(Behaviour))[: rng.integers(1, 1 + len(Behaviour))]
        spec = IzhikevichSpec(
            behaviours=tuple(Behaviour(behaviour) for behaviour in some),
            membrane_bits=int(rng.integers(2, 10)),
            weight_bits=int(rng.integers(1, 8)),
            step_bits=int(rng.integers(1, 6)),
            timer_bits=int(rng.integers(1, 5)),
            burst_bits=int(rng.integers(1, 4)),
        )
        if rng.integers(3):
            return spec
        fields = {field.name: field for field in spec.streams[0].fields}
        fixed = {name: int(likely(fields[name], rng)[0]) for name in spec.parameter_names}
        rest = {"threshold": 1, "spikes": 1} | fixed
        return spec.model_copy(update={"parameters": IzhikevichParameters(**rest)})


def ends(field: Field) -> Integers:
    """Both ends of a field, what lies beside them, and around zero."""
    low, high = field.minimum, field.maximum
    near = {low, low + 1, -1, 0, 1, 2, high // 2, high - 1, high}
    return np.array(sorted(value for value in near if low <= value <= high))


def likely(field: Field, rng: Rng) -> Integers:
    """Parameters of some neurons: often zero, small more often than large."""
    if field.name == "threshold":
        return rng.integers(0, 1 + max(1, field.maximum // 2), WALKS)
    whole = rng.integers(field.minimum, field.maximum, WALKS, np.int64, endpoint=True)
    small = whole >> rng.integers(0, field.bits, WALKS)
    return np.where(rng.random(WALKS) < 0.3, 0, small)


def has(tokens: Tokens, membrane: int) -> bool:
    return bool((tokens["membrane"] == membrane).any())


def spikes(got: Traffic) -> NDArray[np.bool_]:
    return np.asarray(got["update"]["spike"] == 1)


def ticks(sent: Traffic) -> NDArray[np.bool_]:
    return np.asarray(sent["event"]["tick"] == 1)


def changing(name: str) -> Callable[[Traffic, Traffic], bool]:
    return lambda sent, got: bool((sent["event"][name] != got["update"][name]).any())
