"""A bank of accumulators as one list of bits a unit, in which words are found and stored."""

from neuroloom.golden.cim.accumulator_bank import AccumulatorBankSpec, Command
from references.plain import Lists, fitted, rows, signed_code

KIND = "bit lists"


def places(spec: AccumulatorBankSpec, precision: int, word: int) -> list[int]:
    """Where the bits of a word are: the narrowest width first, what it lacks behind all words."""
    narrow, width = spec.widths[0], spec.widths[precision]
    own = [word * narrow + bit for bit in range(narrow)]
    behind = spec.words[precision] * narrow + word * (width - narrow)
    return own + [behind + bit for bit in range(width - narrow)]


def expected(spec: AccumulatorBankSpec, _: Lists, sent: Lists) -> Lists:
    size = max(words * width for words, width in zip(spec.words, spec.widths, strict=True))
    units = [[0] * size for _ in range(spec.units)]
    answers = []
    for token in rows(sent["commands"]):
        precision = token.get("precision", 0)
        width = spec.widths[precision]
        at = places(spec, precision, token["index"])
        answer = []
        for unit, value in zip(units, token["values"], strict=True):
            code = sum(unit[place] << bit for bit, place in enumerate(at))
            before = signed_code(code, width) if spec.signed else code
            answer.append(before)
            after = {Command.CLEAR: 0, Command.CLEAR_ALL: 0}.get(token["command"], before)
            if token["command"] == Command.ADD:
                after = fitted(before + value, width, spec.signed, spec.overflow)
            if token["command"] == Command.CLEAR_ALL:
                unit[:] = [0] * size
            for bit, place in enumerate(at):
                unit[place] = after >> bit & 1
        answers.append(answer)
    return {"words": {"words": answers}}
