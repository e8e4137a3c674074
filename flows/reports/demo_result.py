"""What the demo measured: everything that its page and its table show."""

from neuroloom.flows.designs.report import SynthesisReport, TargetReport
from neuroloom.flows.tools.frozen import Frozen
from neuroloom.flows.tools.recorded import Recorded


class Accuracy(Frozen):
    """How many images one way of computing reads right."""

    name: str
    method: str
    correct: int
    images: int

    @property
    def share(self) -> float:
        return self.correct / self.images


class LayerSummary(Frozen):
    """One layer of the network as it is folded in hardware."""

    inputs: int
    neurons: int
    pe: int
    simd: int
    folds: int
    groups: int
    cycles: int
    """Steps on one image."""
    weight_bits: int
    threshold_bits: int


class Misread(Frozen):
    """A held-out image that the network reads wrong."""

    image: int
    """Index among the held-out images."""
    pixels: tuple[tuple[int, ...], ...]
    """Rows of grey values, 0 (paper) to 16 (ink)."""
    true: int
    predicted: int
    true_score: int
    predicted_score: int


class RtlRun(Frozen):
    """The held-out images through the RTL without gaps; every output and cycle was checked."""

    simulator: str
    note: str
    """Why it is not the usual simulator; empty where it is."""
    images: int
    tokens: int
    """Input tokens sent."""
    cycles: int
    """Cycles simulated, reset and idle cycles included."""
    latency: int
    """Cycles from the first token of the first image to its class, measured."""
    interval: float
    """Cycles from one class to the next, measured over all images."""
    contract_latency: int
    contract_interval: int
    build_seconds: float
    run_seconds: float


class DemoResult(Frozen, Recorded):
    """The demo's measurements; lengths in cycles, frequencies in MHz, times in seconds."""

    seed: int
    train_images: int
    test_images: int
    levels: tuple[int, ...]
    epochs: int
    layers: tuple[LayerSummary, ...]
    accuracies: tuple[Accuracy, ...]
    """The last one is that of the RTL."""
    folding_agrees: int
    """Held-out images of the same class before and after batch-norm is folded away."""
    confusion: tuple[tuple[int, ...], ...]
    """Held-out images by true class (row) and predicted class (column)."""
    misread: tuple[Misread, ...]
    misread_total: int
    rtl: RtlRun
    synthesis: SynthesisReport
    versions: dict[str, str]
    seconds: dict[str, float]
    """Wall-clock time of each step."""
    files: tuple[str, ...]

    @property
    def sizes(self) -> str:
        """Neurons from input to output, such as 192-64-64-10."""
        numbers = [self.layers[0].inputs, *(layer.neurons for layer in self.layers)]
        return "-".join(str(number) for number in numbers)

    @property
    def synapses(self) -> int:
        """Binary products an image."""
        return sum(layer.inputs * layer.neurons for layer in self.layers)

    @property
    def placed(self) -> list[TargetReport]:
        """The targets that were placed and routed."""
        return [target for target in self.synthesis.targets if target.timing]
