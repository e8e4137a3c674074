"""Verilog of neurons that no run reaches, and why."""

UNREACHED: dict[tuple[str, str, str], str] = {
    (
        "izhikevich",
        "izhikevich",
        "update_timer = _like_# ? # : #;",
    ): "without latency and bursts a neuron spikes when it fires: nothing is left to come",
    ("izhikevich", "izhikevich", "moved[#] ? ~moved : moved"): "the size of a number has no sign",
}
