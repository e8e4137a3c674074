"""Twenty behaviours of neurons, the mechanisms each is made of, and parameters that show it.

The behaviours are those of Izhikevich 2004, figure 1. Each is had from counters and thresholds
that events move, not from differential equations. Beside ``threshold``, ``leak`` and ``reset``:

=========================  ======================================================================
behaviour                  parameters
=========================  ======================================================================
tonic spiking              –
phasic spiking             phasic: deaf from the first spike until the stimulus is over
tonic bursting             spikes, interval within the burst, refractory behind it
phasic bursting            spikes, interval, phasic
mixed mode                 spikes, interval, mixed: the first is a burst, single spikes follow
spike-frequency adaptation adaptation: threshold up at each spike, back by recovery a tick
class 1 excitable          – (no leak: the rate is proportional to the current, from zero on)
class 2 excitable          minimum: fires only where stimulation exceeds it, at once at some rate
spike latency              latency: ticks from threshold to spike; hasten: inputs shorten it
subthreshold oscillations  oscillates: the membrane turns its sign each half period (refractory),
                           from a negative reset
resonator                  oscillates: only inputs that come in phase add up
integrator                 leak: only inputs that come together add up
rebound spike              rebound: fires on its return from below minus the threshold
rebound burst              rebound, spikes, interval
threshold variability      tracking: the threshold follows the membrane's sign
bistability                plateau: a stimulus switches a lasting current on, the next one off
depolarizing               reset above zero: what was too weak before a spike fires behind it
after-potential
accommodation              tracking: the threshold outruns a slow rise, and not a fast one
inhibition-induced spiking inhibited: fires at minus the threshold as well
inhibition-induced         inhibited, spikes, interval
bursting
=========================  ======================================================================
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Mechanism(StrEnum):
    """A part of the neuron that costs state and logic where it is built."""

    REFRACTORY = "refractory"
    BURST = "burst"
    LATENCY = "latency"
    ONSET = "onset"
    MINIMUM = "minimum"
    ADAPTATION = "adaptation"
    TRACKING = "tracking"
    REBOUND = "rebound"
    INHIBITION = "inhibition"
    PLATEAU = "plateau"
    OSCILLATION = "oscillation"


class Behaviour(StrEnum):
    """What a neuron does with a stimulus: Izhikevich 2004, figure 1, in its order."""

    TONIC_SPIKING = "tonic-spiking"
    PHASIC_SPIKING = "phasic-spiking"
    TONIC_BURSTING = "tonic-bursting"
    PHASIC_BURSTING = "phasic-bursting"
    MIXED_MODE = "mixed-mode"
    FREQUENCY_ADAPTATION = "frequency-adaptation"
    CLASS_1 = "class-1"
    CLASS_2 = "class-2"
    SPIKE_LATENCY = "spike-latency"
    SUBTHRESHOLD_OSCILLATIONS = "subthreshold-oscillations"
    RESONATOR = "resonator"
    INTEGRATOR = "integrator"
    REBOUND_SPIKE = "rebound-spike"
    REBOUND_BURST = "rebound-burst"
    THRESHOLD_VARIABILITY = "threshold-variability"
    BISTABILITY = "bistability"
    AFTER_POTENTIAL = "after-potential"
    ACCOMMODATION = "accommodation"
    INHIBITION_SPIKING = "inhibition-spiking"
    INHIBITION_BURSTING = "inhibition-bursting"


class IzhikevichParameters(BaseModel):
    """One neuron's parameters. Zero switches a mechanism off; ``spikes`` of 1 is no burst."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: int = Field(default=32, description="membrane at which it fires, and below zero")
    leak: int = Field(default=0, description="toward zero at each tick")
    reset: int = Field(default=0, description="membrane after a spike")
    refractory: int = Field(default=0, description="deaf ticks after a spike; half period [tick]")
    spikes: int = Field(default=1, description="spikes of a burst; 0 silences the neuron")
    interval: int = Field(default=0, description="ticks between spikes of a burst")
    latency: int = Field(default=0, description="ticks from threshold to spike")
    hasten: int = Field(default=0, description="whether excitation shortens latency and interval")
    persistence: int = Field(default=0, description="stimulation that an excitatory input adds")
    phasic: int = Field(default=0, description="whether it fires once a stimulus")
    mixed: int = Field(default=0, description="whether single spikes follow a stimulus' first")
    minimum: int = Field(default=0, description="stimulation needed to fire at the threshold")
    adaptation: int = Field(default=0, description="threshold up at a spike")
    recovery: int = Field(default=0, description="threshold's way back at each tick")
    tracking: int = Field(default=0, description="threshold toward the membrane's sign at a tick")
    rebound: int = Field(default=0, description="whether it fires on return from inhibition")
    inhibited: int = Field(default=0, description="whether it fires at minus the threshold")
    plateau: int = Field(default=0, description="current a tick while switched on; 0: no switch")
    oscillates: int = Field(default=0, description="whether the membrane turns its sign")


MECHANISMS: dict[Behaviour, frozenset[Mechanism]] = {
    Behaviour.TONIC_SPIKING: frozenset(),
    Behaviour.PHASIC_SPIKING: frozenset({Mechanism.ONSET}),
    Behaviour.TONIC_BURSTING: frozenset({Mechanism.BURST, Mechanism.REFRACTORY}),
    Behaviour.PHASIC_BURSTING: frozenset({Mechanism.BURST, Mechanism.ONSET}),
    Behaviour.MIXED_MODE: frozenset({Mechanism.BURST, Mechanism.ONSET}),
    Behaviour.FREQUENCY_ADAPTATION: frozenset({Mechanism.ADAPTATION}),
    Behaviour.CLASS_1: frozenset(),
    Behaviour.CLASS_2: frozenset({Mechanism.MINIMUM}),
    Behaviour.SPIKE_LATENCY: frozenset({Mechanism.LATENCY}),
    Behaviour.SUBTHRESHOLD_OSCILLATIONS: frozenset({Mechanism.OSCILLATION}),
    Behaviour.RESONATOR: frozenset({Mechanism.OSCILLATION}),
    Behaviour.INTEGRATOR: frozenset(),
    Behaviour.REBOUND_SPIKE: frozenset({Mechanism.REBOUND}),
    Behaviour.REBOUND_BURST: frozenset({Mechanism.REBOUND, Mechanism.BURST}),
    Behaviour.THRESHOLD_VARIABILITY: frozenset({Mechanism.TRACKING}),
    Behaviour.BISTABILITY: frozenset({Mechanism.PLATEAU}),
    Behaviour.AFTER_POTENTIAL: frozenset({Mechanism.REFRACTORY}),
    Behaviour.ACCOMMODATION: frozenset({Mechanism.TRACKING}),
    Behaviour.INHIBITION_SPIKING: frozenset({Mechanism.INHIBITION}),
    Behaviour.INHIBITION_BURSTING: frozenset(
        {Mechanism.INHIBITION, Mechanism.BURST, Mechanism.REFRACTORY}
    ),
}

STATE: dict[str, frozenset[Mechanism]] = {
    "offset": frozenset({Mechanism.ADAPTATION, Mechanism.TRACKING}),
    "stimulation": frozenset({Mechanism.ONSET, Mechanism.MINIMUM, Mechanism.PLATEAU}),
    "timer": frozenset(
        {Mechanism.REFRACTORY, Mechanism.BURST, Mechanism.LATENCY, Mechanism.OSCILLATION}
    ),
    "due": frozenset({Mechanism.BURST, Mechanism.LATENCY}),
    "spent": frozenset({Mechanism.ONSET, Mechanism.PLATEAU}),
    "armed": frozenset({Mechanism.REBOUND}),
    "active": frozenset({Mechanism.PLATEAU}),
}
"""State beside the membrane, in the order of the ports, and the mechanisms that need it."""

PARAMETERS: dict[str, frozenset[Mechanism]] = {
    "refractory": frozenset({Mechanism.REFRACTORY, Mechanism.OSCILLATION}),
    "spikes": frozenset({Mechanism.BURST}),
    "interval": frozenset({Mechanism.BURST}),
    "latency": frozenset({Mechanism.LATENCY}),
    "hasten": frozenset({Mechanism.LATENCY}),
    "persistence": STATE["stimulation"],
    "phasic": frozenset({Mechanism.ONSET}),
    "mixed": frozenset({Mechanism.ONSET}),
    "minimum": frozenset({Mechanism.MINIMUM}),
    "adaptation": frozenset({Mechanism.ADAPTATION}),
    "recovery": STATE["offset"],
    "tracking": frozenset({Mechanism.TRACKING}),
    "rebound": frozenset({Mechanism.REBOUND}),
    "inhibited": frozenset({Mechanism.INHIBITION}),
    "plateau": frozenset({Mechanism.PLATEAU}),
    "oscillates": frozenset({Mechanism.OSCILLATION}),
}
"""Parameters beside threshold, leak and reset, and the mechanisms that need them."""
