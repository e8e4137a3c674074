"""Handwritten digits as events through two neuron cores in Verilog.

A small network is trained, turned into integrate-and-fire neurons with 4-bit weights, and run on
every held-out digit in a compiled simulation; the class is the output neuron with most spikes.

    python examples/spiking_digits.py
"""

import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from neuroloom.flows.training.datasets import load_digits
from neuroloom.flows.training.spiking import convert, encode, infer, simulate_layers

TICKS = 16
MOST = 16  # the greatest value of a pixel: an event in every tick
BANKS = 4, 2  # neurons at once in the hidden and in the output core


def main() -> None:
    split = load_digits()
    inputs = split.train_images.reshape(len(split.train_images), -1)
    images = split.test_images.reshape(len(split.test_images), -1)
    network = MLPClassifier((48,), alpha=1e-2, max_iter=200, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it ends after max_iter
        network.fit(inputs / MOST, split.train_labels)
    layers = convert(network, inputs / MOST, weight_bits=4)
    cores = [layer.core(banks) for layer, banks in zip(layers, BANKS, strict=True)]
    events = encode(images, MOST, TICKS)
    counts, reports = simulate_layers(layers, cores, events, chunk=45 * TICKS)

    labels = split.test_labels
    model = infer(layers, cores, events)
    print(f"network in real numbers     {network.score(images / MOST, labels):.1%}")
    print(f"golden model, spikes        {(model.argmax(axis=1) == labels).mean():.1%}")
    print(f"Verilog, spikes             {(counts.argmax(axis=1) == labels).mean():.1%}")
    print(f"images counted differently  {(counts != model).any(axis=1).sum()} of {len(labels)}")
    for name, core, report in zip(("hidden", "output"), cores, reports, strict=True):
        print(
            f"{name} core: {core.axons} axons, {core.neurons} neurons, "
            f"{report.tokens['events'] - report.operations} events, "
            f"{report.tokens['spikes'] - report.operations} spikes, "
            f"{report.cycles_per_operation:.1f} cycles a tick, "
            f"every token and cycle as promised: {report.passed and report.contract}"
        )


if __name__ == "__main__":
    main()
