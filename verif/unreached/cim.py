"""Verilog of compute-in-memory that no run reaches, and why."""

from neuroloom.verif.unreached.reasons import ASKED_BEFORE, ONE_PRECISION, PRECISIONS

ONE_PLANE = "the first plane of an input of one bit is its last"
MEMORY, STORED = "{storage_beyond, storage_low}", "{storage_beyond_#, storage_low_#}"

UNREACHED: dict[tuple[str, str, str], str] = {
    **{
        ("cim_macro", "cim_macro_accumulator", text): ONE_PRECISION
        for text in (
            "assign result = precision ? # : fitted;",
            "assign result_# = precision ? # : fitted_#;",
            "fitted: if (!precision) begin",
            "wire [#] fitted = precision ? # : total[#];",
            "wire [#] fitted_# = precision ? # : total_#[#];",
        )
    },
    **{
        (
            "cim_macro",
            "cim_macro_accumulator",
            f"wire [#] {name} = begins ? (top ? # : {value}) : {value}; (choice 2 of its line)",
        ): ONE_PLANE
        for name, value in (("kept", "words__#"), ("kept", MEMORY), ("kept_#", STORED))
    },
    **{
        ("cim_macro", module, f"{target}: case (precision) default: ;"): PRECISIONS
        for module, targets in (
            ("cim_macro_accumulator", ("fitted", "fitted_#", "result", "result_#")),
            ("cim_macro_accumulator_storage", ("beyond", "beyond_#", "beyond_#_#")),
        )
        for target in targets
    },
    (
        "cim_macro",
        "cim_macro_accumulator",
        "fitted: if (value > #)",
    ): "signed sums of few rows are not above the range; those of accumulator_bank are",
    ("digital_cim", "digital_cim_word_lines", "complete: if (write)"): ASKED_BEFORE,
    (
        "zero_skip",
        "zero_skip",
        "word_lines_rows: else if (word_lines_ready)",
    ): "with one read a vector the next one is taken with it",
}
