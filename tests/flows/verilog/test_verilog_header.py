"""The comment on top of a Verilog file."""

from neuroloom.flows.verilog.header import WIDTH, header
from neuroloom.golden.arith.adder_tree import AdderTreeSpec, AdderTreeStyle
from neuroloom.golden.cim.activation import ActivationSpec
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.imc.pixel_pool import PixelPoolSpec
from neuroloom.golden.learning.plastic_core import PlasticCoreSpec, Rule
from neuroloom.golden.spec import Spec
from neuroloom.golden.systems.core_network import CoreNetworkSpec
from neuroloom.golden.systems.network_node import Node, Tap


def parameters(spec: Spec) -> list[str]:
    lines = header(spec, "top").splitlines()
    first = lines.index("// Specification") + 1
    return [line.removeprefix("//   ") for line in lines[first : lines.index("//", first)]]


def pools(*names: str) -> CoreNetworkSpec:
    """Pools of single pixels, each behind the one before."""
    pool = PixelPoolSpec(channels=2, units=2, pixels=1, tokens=4, operation="max")
    sources = ("", *names)
    return CoreNetworkSpec(
        nodes=tuple(
            Node(name=name, sources=(Tap(node=source, channels=2),), pool=pool)
            for name, source in zip(names, sources, strict=False)
        ),
        results=(Tap(node=names[-1], channels=2),),
    )


def test_every_parameter_that_does_something_has_a_line() -> None:
    spec = AdderTreeSpec(operands=5, signed=False, style=AdderTreeStyle.COMPRESSOR)
    assert parameters(spec) == [
        "operands = 5",
        "bits = 8",
        "signed = false",
        "style = compressor",
        "final = prefix",
        "pipeline = 0",
        "stage_levels = 0",
    ]
    ripple = spec.model_copy(update={"style": AdderTreeStyle.RIPPLE})
    assert not any(line.startswith("final") for line in parameters(ripple))


def test_parameters_of_a_macro_inside_have_its_path_as_on_the_command_line() -> None:
    lines = parameters(PlasticCoreSpec(rule=Rule.CALCIUM))
    assert "neuron.membrane_bits = 12" in lines
    assert "calcium.calcium_thresholds = (1,6,12)" in lines
    assert not any("{" in line for line in lines)


def test_short_lists_are_printed_and_long_ones_counted() -> None:
    assert "weight_bits = (1,2,4,8)" in parameters(CimMacroSpec())
    spec = ActivationSpec(channels=17, multiplier_bits=0, biases=tuple(range(17)))
    assert "biases = <17 values>" in parameters(spec)


def test_an_object_of_a_list_is_a_paragraph_that_leaves_out_what_is_empty() -> None:
    lines = parameters(pools("one", "two"))
    starts = [index for index, line in enumerate(lines) if not line.startswith(" ")]
    assert [lines[index].split("=")[0] for index in starts] == [
        "nodes[0]: name",
        "nodes[1]: name",
        "results[0]: node",
        "observed ",
    ]
    assert lines[0].startswith("nodes[0]: name=one, sources[0].first=0, sources[0].channels=2,")
    assert "sources[0].node=one" in lines[starts[1]]
    assert not any("partial" in line or "weights" in line for line in lines)
    assert all(len(line) <= WIDTH for line in lines)


def test_no_name_leaves_the_comment() -> None:
    text = header(pools("a\nmodule b; endmodule"), "top")
    assert all(line.startswith("//") for line in text.splitlines())
    assert r"name='a\nmodule b; endmodule'" in text
