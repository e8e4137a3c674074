"""A neuron without leak: an addition and a comparison of Python integers."""

from neuroloom.golden.neurons.integrate_and_fire import IntegrateAndFireSpec
from references.plain import Lists, fitted, rows

KIND = "plain integers"


def update(spec: IntegrateAndFireSpec, token: dict[str, int]) -> dict[str, int]:
    """``spike`` and the state after one input."""
    exact = token["membrane"] + token["input"]
    if spec.reset == "subtract-next" and token["fired"]:
        exact -= token["threshold"]
    if spec.reset == "wrap":
        top = 2**spec.membrane_bits
        return {
            "spike": int(exact >= top),
            "membrane": exact - top if exact >= top else max(0, exact),
        }
    membrane = fitted(exact, spec.membrane_bits, spec.membrane_signed, spec.overflow)
    spike = int(membrane >= token["threshold"])
    if spec.reset == "subtract-next":
        return {"spike": spike, "membrane": membrane, "fired": spike}
    if spike:
        subtracts = spec.reset == "subtract"
        membrane = membrane - token["threshold"] if subtracts else spec.reset_value
    return {"spike": spike, "membrane": membrane}


def expected(spec: IntegrateAndFireSpec, _: Lists, sent: Lists) -> Lists:
    results = [update(spec, token) for token in rows(sent["update"])]
    return {"updated": {name: [result[name] for result in results] for name in results[0]}}
