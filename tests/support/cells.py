"""A tiny Liberty library with round numbers, so that delays and energies can be done by hand."""

from neuroloom.flows.cells.liberty import LibertyGroup, parse
from neuroloom.flows.cells.library import Library, library

TABLE = """
    {kind} ({template}) {{ values ("{low}, {high}", "{low}, {high}"); }}"""


def _arc(related: str, sense: str, delay: float, per_load: float, kind: str = "") -> str:
    """Delay and slew grow with the load (0 to 100 fF) and not with the slew."""
    tables = "".join(
        TABLE.format(kind=name, template="grid", low=base, high=base + 0.1 * per_load)
        for name, base in (
            ("cell_rise", delay),
            ("cell_fall", delay),
            ("rise_transition", 0.01),
            ("fall_transition", 0.01),
        )
    )
    timing_type = f"timing_type : {kind};" if kind else ""
    return (
        f'timing () {{ related_pin : "{related}"; timing_sense : {sense}; {timing_type} {tables} }}'
    )


def _check(kind: str, time: float) -> str:
    tables = "".join(
        TABLE.format(kind=name, template="limits", low=time, high=time)
        for name in ("rise_constraint", "fall_constraint")
    )
    return f"timing () {{ related_pin : CLK; timing_type : {kind}; {tables} }}"


def _power(rise: float, fall: float, related: str = "") -> str:
    tables = TABLE.format(kind="rise_power", template="energies", low=rise, high=rise)
    tables += TABLE.format(kind="fall_power", template="energies", low=fall, high=fall)
    pin = f'related_pin : "{related}";' if related else ""
    return f"internal_power () {{ {pin} {tables} }}"


def _input(name: str, capacitance: float, inside: str = "") -> str:
    return f"pin ({name}) {{ direction : input; capacitance : {capacitance}; {inside} }}"


def _output(name: str, function: str, inside: str) -> str:
    return f'pin ({name}) {{ direction : output; function : "{function}"; {inside} }}'


INVERTER = (
    "cell (inv) { area : 2; cell_leakage_power : 3;"
    + _input("A", 0.010)
    + _output("Y", "!A", _arc("A", "negative_unate", 0.1, 1.0) + _power(0.02, 0.04, "A"))
    + "}"
)
NAND = (
    "cell (nand2) { area : 3; cell_leakage_power : 4;"
    + _input("A", 0.010)
    + _input("B", 0.010)
    + _output(
        "Y", "!(A&B)", _arc("A", "negative_unate", 0.2, 1.0) + _arc("B", "negative_unate", 0.3, 1.0)
    )
    + "}"
)
FLIP_FLOP = (
    'cell (dff) { area : 10; cell_leakage_power : 5; ff (IQ, IQN) { clocked_on : "CLK"; '
    'next_state : "D"; }'
    + _input("CLK", 0.020, "clock : true;" + _power(0.5, 0.3))
    + _input("D", 0.010, _check("setup_rising", 0.5) + _check("hold_rising", 0.05))
    + _output("Q", "IQ", _arc("CLK", "non_unate", 1.0, 1.0, "rising_edge"))
    + "}"
)
HEAD = """library (tiny) {
  time_unit : "1ns"; voltage_unit : "1V"; leakage_power_unit : "1nW"; current_unit : "1mA";
  pulling_resistance_unit : "1kohm"; capacitive_load_unit (1, pf); delay_model : table_lookup;
  nom_voltage : 2.0; nom_temperature : 25; nom_process : 1; default_max_transition : 1;
  slew_lower_threshold_pct_rise : 20; slew_upper_threshold_pct_rise : 80;
  slew_lower_threshold_pct_fall : 20; slew_upper_threshold_pct_fall : 80;
  input_threshold_pct_rise : 50; input_threshold_pct_fall : 50;
  output_threshold_pct_rise : 50; output_threshold_pct_fall : 50; slew_derate_from_library : 1;
  lu_table_template (grid) { variable_1 : input_net_transition;
    variable_2 : total_output_net_capacitance; index_1 ("0.0, 1.0"); index_2 ("0.0, 0.1"); }
  lu_table_template (limits) { variable_1 : constrained_pin_transition;
    variable_2 : related_pin_transition; index_1 ("0.0, 1.0"); index_2 ("0.0, 0.1"); }
  power_lut_template (energies) { variable_1 : input_transition_time;
    variable_2 : total_output_net_capacitance; index_1 ("0.0, 1.0"); index_2 ("0.0, 0.1"); }
"""
TEXT = f"{HEAD}{INVERTER}\n{NAND}\n{FLIP_FLOP}\n}}\n"


def tiny_group() -> LibertyGroup:
    return parse(TEXT, "tiny")


def tiny_library() -> Library:
    return library(tiny_group())
