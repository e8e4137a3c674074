"""Verilog of binarized networks that no run reaches, and why."""

from neuroloom.verif.unreached.reasons import ASKED_BEFORE, FIRST_PART, ONE_STEP, WITHIN

FOLDS = "wire [#] jump = end_of_image ? # : fold ? # : fold ? # : fold ? # : #;"
IMAGES = "wire [#] n# = end_of_image ? # : end_of_image ? # : end_of_row ? # : #;"
WINDOWS = "wire [#] n# = end_of_window ? # : end_of_window ? # : {{#{n#[#]}}, n#};"

UNREACHED: dict[tuple[str, str, str], str] = {
    **{
        ("bnn_conv_network", "bnn_conv_network_window#", f"{text} (choice {place} of its line)"):
            ASKED_BEFORE
        for text, place in ((FOLDS, 3), (FOLDS, 4), (IMAGES, 2), (WINDOWS, 2))
    },
    **{
        (macro, f"{macro}_adapter#", f"repacked__payload: {text}"): FIRST_PART
        for macro, text in (
            ("bnn_conv_network", "else if (part)"),
            ("bnn_network", "else if (part)"),
            ("bnn_network", "case (part) 'd0: repacked__payload[#] <= data;"),
        )
    },
    ("bnn_network", "bnn_network_adapter#", "repacked__payload: case (part) default: ;"):
        WITHIN,
    **{
        ("rram_layer", "rram_layer_sense", f"{target}: if (select)"): ONE_STEP
        for target in ("lines", "read__payload", "word__valid")
    },
    **{
        ("xnor_sense", "xnor_sense", f"{target}: if (select)"): ONE_STEP
        for target in ("read_rows", "word_valid")
    },
    ("rram_program", "rram_program", "pulses_kind: if (group)"): ONE_STEP,
    ("rram_program", "rram_program", "n#: case (pulses_kind) default: ;"):
        "there are three kinds of pulses",
}  # fmt: skip
