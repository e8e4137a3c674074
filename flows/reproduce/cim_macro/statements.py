"""What is said of the rebuilt macro as a whole: verdicts, choices, what was left out."""

from neuroloom.flows.analytic.neurosim import costs, price
from neuroloom.flows.reports.published import Judgement, LeftOut, OpenChoice, PaperVerdict
from neuroloom.flows.reproduce.cim_macro.printed import (
    CONTROL,
    CONTROL_REGISTER_ACTIVITY,
    REGISTER_ACTIVITY,
)
from neuroloom.flows.reproduce.cim_macro.scaling import node_40
from neuroloom.flows.reproduce.cim_macro.tables import parts_of
from neuroloom.golden.cim.cim_macro import CimMacroSpec

VERDICT = Judgement(
    verdict=PaperVerdict.TREND,
    words="Zeros are skipped, widths chosen at run time and sums exact as the article has it, in "
    "as many registers or fewer; areas and energies are those of other cells and of a smaller "
    "control, and most differ from the chip's.",
)
CLAIMS = (
    Judgement(
        claim="Registers and adders of Table 4 serve all widths of weights",
        verdict=PaperVerdict.AGREES,
        words="with 176 flip-flops in shift-add, 1,024 in the accumulators and a third of the "
        "chip's accumulator adders every sum is that of integers.",
    ),
    Judgement(
        claim="γ = 50 % of the flip-flops' energy in shift-add and accumulator",
        verdict=PaperVerdict.DIFFERS,
        words="simulated, a third of the flip-flops of shift-add and one in a hundred of those of "
        "the accumulators change in a cycle: one factor does not describe both. It fits one chip "
        "because it stands for the clock, too.",
    ),
    Judgement(
        claim="Energy of the whole array (Table 6)",
        verdict=PaperVerdict.DIFFERS,
        words="it does not follow from Tables 3 and 5: 19 groups of 8 columns at the energy of a "
        "read make more than four times what is printed, unexplained.",
    ),
)
CHOICES = (
    OpenChoice(
        name="adders of the accumulators",
        taken="one of the widest word a unit",
        otherwise="one for each width, as the chip has them, takes 816 adder bits",
    ),
    OpenChoice(
        name="columns that a vector reads",
        taken="all eight of a converter, 8-bit weights, inputs of one bit",
        otherwise="inputs of several bits are read bit by bit, as often each time; the network's "
        "have 8",
    ),
    OpenChoice(
        name="spread, noise and on/off ratio of the cells of the network",
        taken="0 to 40 %, 5 % and 50",
        otherwise="the article prints none for its chip; the table sweeps the spread",
    ),
)
LEFT_OUT = (
    LeftOut(
        what="array, level shifters, multiplexers and converters (Table 3)",
        why="analog; here they are models that answer reads",
    ),
    LeftOut(
        what="writing of cells: its drivers, decoders and control",
        why="the macro is given an array that holds its weights",
    ),
    LeftOut(
        what="energy of the whole array and TOPS/W (Table 6)",
        why="most of it is analog, and the printed figures do not give each other",
    ),
    LeftOut(
        what="layout: wires, α, β and η",
        why="cells are not placed; the article's factors are fitted to one layout",
    ),
    LeftOut(
        what="transistors, FinFETs and SRAM cells (Table 1, Fig. 3 to 5)",
        why="models of NeuroSim; Table 1 is what our predictive libraries are made of",
    ),
    LeftOut(
        what="VGG-8 and ResNet-18 on chips of such macros (Table 7, Fig. 9)",
        why="a simulator's benchmark without hardware of its own; a small network runs on the RTL",
    ),
)


def choices(spec: CimMacroSpec) -> tuple[OpenChoice, ...]:
    """What the article leaves open, with what another choice of a macro gives."""
    node = node_40()
    here, there = (
        price(spec.model_copy(update={"weight_signed": signed}), node) for signed in (True, False)
    )
    share = 1 - CONTROL_REGISTER_ACTIVITY / REGISTER_ACTIVITY
    less = share * costs(parts_of(spec)[CONTROL]).register_energy(node) / 1000
    return (
        OpenChoice(
            name="weights of one bit",
            taken="in two's complement, as all others: 0 and -1",
            otherwise="unsigned weights (`weight_signed=false`) take as many flip-flops and "
            f"{here.area - there.area:,.0f} of {here.area:,.0f} µm² of NeuroSim's cells less; the "
            "article does not say which the chip has",
        ),
        OpenChoice(
            name="activity of the control's flip-flops in NeuroSim's cells",
            taken="γ, as for all flip-flops that `neuroloom` prices",
            otherwise=f"the article's ζ takes {less:.2f} pJ less",
        ),
        *CHOICES,
    )
