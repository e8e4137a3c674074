"""Verilog of systems that no run reaches, and why."""

from neuroloom.verif.unreached.reasons import ASKED_BEFORE, FIRST_PART, WITHIN

FOLDS = "wire [#] jump = end_of_image ? # : fold ? # : fold ? # : fold ? # : #;"
IMAGES = "wire [#] n# = end_of_image ? # : end_of_image ? # : end_of_row ? # : #;"
WINDOWS = "wire [#] n# = end_of_window ? # : end_of_window ? # : {{#{n#[#]}}, n#};"

UNREACHED: dict[tuple[str, str, str], str] = {
    **{
        (
            "bnn_conv_network",
            "bnn_conv_network_window#",
            f"{text} (choice {place} of its line)",
        ): ASKED_BEFORE
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
    ("bnn_network", "bnn_network_adapter#", "repacked__payload: case (part) default: ;"): WITHIN,
}
