"""Verilog of binarized layers that no run reaches, and why."""

from neuroloom.verif.unreached.reasons import ONE_STEP

UNREACHED: dict[tuple[str, str, str], str] = {
    **{
        ("rram_layer", "rram_layer_sense", f"{target}: if (select)"): ONE_STEP
        for target in ("lines", "read__payload", "word__valid")
    },
    **{
        ("xnor_sense", "xnor_sense", f"{target}: if (select)"): ONE_STEP
        for target in ("read_rows", "word_valid")
    },
    ("rram_program", "rram_program", "pulses_kind: if (group)"): ONE_STEP,
    (
        "rram_program",
        "rram_program",
        "n#: case (pulses_kind) default: ;",
    ): "there are three kinds of pulses",
}
