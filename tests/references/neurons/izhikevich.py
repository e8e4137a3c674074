"""One neuron of the Izhikevich class in plain integers, as a list of things that happen in turn."""

from typing import Any

from neuroloom.golden.neurons.izhikevich import IzhikevichSpec
from references.plain import Lists, rows

KIND = "plain integers"

BURST, ONSET, REFRACTORY = "spikes interval", "phasic mixed persistence", "refractory"
PARAMETERS = {
    "phasic-spiking": ONSET,
    "tonic-bursting": f"{BURST} {REFRACTORY}",
    "phasic-bursting": f"{BURST} {ONSET}",
    "mixed-mode": f"{BURST} {ONSET}",
    "frequency-adaptation": "adaptation recovery",
    "class-2": "minimum persistence",
    "spike-latency": "latency hasten",
    "subthreshold-oscillations": "oscillates refractory",
    "resonator": "oscillates refractory",
    "rebound-spike": "rebound",
    "rebound-burst": f"rebound {BURST}",
    "threshold-variability": "tracking recovery",
    "bistability": "plateau persistence",
    "after-potential": REFRACTORY,
    "accommodation": "tracking recovery",
    "inhibition-spiking": "inhibited",
    "inhibition-bursting": f"inhibited {BURST} {REFRACTORY}",
}
"""What each behaviour needs beside threshold, leak and reset."""
STATE = ("offset", "stimulation", "timer", "due", "spent", "armed", "active")


class Neuron:
    """The state and parameters of a token; what is not built is 0, and a burst one spike."""

    membrane: int
    offset: int
    stimulation: int
    timer: int
    due: int
    spent: int
    armed: int
    active: int

    def __init__(self, spec: IzhikevichSpec, token: dict[str, int]) -> None:
        built = {"threshold", "leak", "reset"}
        built.update(*(PARAMETERS.get(behaviour, "").split() for behaviour in spec.behaviours))
        every = {name for names in PARAMETERS.values() for name in names.split()} | built
        fixed = vars(spec.parameters) if spec.parameters is not None else {}
        values = {**dict.fromkeys(every, 0), **dict.fromkeys(STATE, 0), "spikes": 1}
        values |= {name: value for name, value in fixed.items() if name in built}
        vars(self).update({**values, **token})
        self.top = 2 ** (spec.membrane_bits - 1) - 1
        self.longest = 2**spec.timer_bits - 1

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def clipped(self, value: int) -> int:
        return max(-self.top - 1, min(self.top, value))

    @staticmethod
    def shrunk(value: int, by: int) -> int:
        return max(0, value - by) if value > 0 else min(0, value + by)

    def fires(self) -> bool:
        """Whether the membrane as it stands now gives a spike or burst."""
        distance = self.membrane if self.membrane >= 0 else -1 - self.membrane
        reached = distance >= self.threshold + self.offset
        if self.membrane < 0:
            if self.rebound and reached:
                self.armed = 1
            return bool(self.inhibited and reached)
        returned, self.armed = self.armed, 0
        return bool(returned or (reached and self.stimulation >= self.minimum))

    def event(self, tick: int, weight: int) -> int:
        rests = not self.due
        deaf_to_all = self.due or (self.timer and not self.oscillates)
        excites = not tick and weight >= 0
        before, fresh, spent, due = self.membrane, self.stimulation == 0, self.spent, self.due
        switched_off = bool(self.active and excites and fresh)
        runs_out = False
        if self.timer and (tick or (self.hasten and excites and due)):
            self.timer -= 1
            runs_out = self.timer == 0

        if tick:
            self.stimulation = max(0, self.stimulation - 1)
        elif excites:
            self.stimulation = min(self.longest, self.stimulation + self.persistence)

        if not deaf_to_all:
            if not tick:
                if not switched_off and not (spent and (self.phasic or self.plateau)):
                    self.membrane = self.clipped(before + weight)
            elif self.oscillates and runs_out and before:
                self.membrane = -1 - before
                self.timer = self.refractory
            elif self.active:
                self.membrane = self.clipped(before + self.plateau)
            else:
                self.membrane = self.shrunk(before, self.leak)
        if self.oscillates and rests and not tick and before == 0:
            self.timer = self.refractory

        fires = self.fires() and not deaf_to_all and not (self.phasic and spent)
        if fires:
            self.due = min(1, self.spikes) if self.mixed and spent else self.spikes
            self.timer = self.latency
        spike = bool(self.due and (self.latency == 0 if fires else self._expired(due)))
        if spike:
            self.membrane = self.reset
            self.due -= 1
            self.timer = self.interval if self.due else self.refractory

        if spike:
            self.offset = self.clipped(self.offset + self.adaptation)
        elif tick and self.tracking and before:
            step = self.tracking if before > 0 else -self.tracking
            self.offset = self.clipped(self.offset + step)
        elif tick:
            self.offset = self.shrunk(self.offset, self.recovery)

        self.spent = int(bool((fires or switched_off or spent) and self.stimulation))
        self.active = int(bool(self.plateau and not switched_off and (self.active or fires)))
        return int(spike)

    def _expired(self, due: int) -> bool:
        """Whether spikes that were due before wait no longer."""
        return bool(due) and self.timer == 0


def expected(spec: IzhikevichSpec, _: Lists, sent: Lists) -> Lists:
    states = [name for name in ("membrane", *STATE) if name in sent["event"]]
    update: dict[str, list[int]] = {name: [] for name in ("spike", *states)}
    for token in rows(sent["event"]):
        neuron = Neuron(spec, token)
        update["spike"].append(neuron.event(token["tick"], token["weight"]))
        for name in states:
            update[name].append(getattr(neuron, name))
    return {"update": update}
