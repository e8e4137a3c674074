"""The first one of a word, looked for in its text."""

from neuroloom.golden.arith.priority_encoder import First, PriorityEncoderSpec, Report
from references.plain import Lists

KIND = "bit strings"


def expected(spec: PriorityEncoderSpec, _: Lists, sent: Lists) -> Lists:
    results, none = [], []
    for bits in sent["word"]["bits"]:
        word = "".join(map(str, bits))
        place = word.find("1") if spec.first is First.LSB else word.rfind("1")
        none.append(int(place < 0))
        if spec.report is Report.INDEX:
            results.append(max(place, 0))
        elif place < 0:
            results.append(spec.inputs)
        else:
            results.append(place if spec.first is First.LSB else spec.inputs - 1 - place)
    name = "index" if spec.report is Report.INDEX else "zeros"
    return {"found": {name: results, "none": none}}
