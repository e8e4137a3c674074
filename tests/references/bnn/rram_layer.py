"""A binarized layer over tiles, word line by word line: agreements as the amplifiers give them."""

from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.rram_layer import RramLayerSpec
from references.bnn.bnn_layer import result
from references.bnn.xnor_sense import agreement, one_hot
from references.plain import Lists, chunks, flat, rows

KIND = "plain integers"


def expected(spec: RramLayerSpec, setup: Lists, sent: Lists) -> Lists:
    folds, groups = -(-spec.inputs // spec.simd), -(-spec.neurons // spec.pe)
    sensed = iter(rows(sent["sensed"]))
    read, sums = [], []
    for vector in chunks(sent["activations"]["bits"], folds):
        scores = [0] * spec.neurons
        for line in range(groups * folds):
            group, fold = divmod(line, folds)
            read.append(one_hot(line, groups * folds))
            answer = next(sensed)
            for lane in range(spec.pe * spec.simd):
                neuron = group * spec.pe + lane // spec.simd
                place = lane % spec.simd
                if neuron < spec.neurons and fold * spec.simd + place < spec.inputs:
                    sides = answer["left"][lane], answer["right"][lane]
                    scores[neuron] += agreement(*sides, vector[fold][place])[0]
        sums.append(scores)
    levels: list[int] = []
    if spec.output is LayerOutput.BITS:
        loads = (sent.get("thresholds") or setup["thresholds"])["values"]
        levels = flat(chunks(loads, groups)[-1])[: spec.neurons]
    return {"read": {"rows": read}, **result(spec, sums, [levels] * len(sums))}
