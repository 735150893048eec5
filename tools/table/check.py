"""Compares the first losses of the twin with those of the engine, from the engine's own starting point.

    python tools/table/check.py DATA.json MODEL ENGINE.json      ENGINE.json: from check.ts

The bound is 1e-3 relative: float32 on both sides, and Adam's first steps divide small gradients by their own size.
"""
import json
import sys

import twin
from twin import common, np

BOUND = 1e-3
CLASSES = 4


def starting_point(method, tensors):
    """The twin's names for the engine's parameters: {(layer or part, factor): values}."""
    start = {}
    for name, t in tensors.items():
        part, _, factor = name.rpartition("/")
        if name.startswith("head."):
            start["head", name[5:]] = t["values"]
        elif method == "full":
            start["base", name] = t["values"]
        else:
            start[part, factor] = t["values"]
    return start


def main(data_path, model, engine_path):
    data, config = json.load(open(data_path)), json.load(open(model + "/config.json"))
    base, plan = common.load_safetensors(model + "/model.safetensors"), data["plan"]
    worst = 0
    for engine in json.load(open(engine_path)):
        task, method, rate = engine["task"], engine["method"], engine["learningRate"]
        seeded = data["tasks"][task]["seeds"]["0"]
        examples = seeded["training"][:64]
        rates = {"update": rate, "head": rate if method == "head" else plan["headLearningRates"][task]}
        run = twin.Run(base, config, method, data["statements"].get(method), plan["methods"][method]["settings"], rates,
                       plan["common"]["steps"], examples, task == "verse-sts", CLASSES, 0, starting_point(method, engine["start"]))
        losses = [run.train([examples[i] for i in batch]) for batch in seeded["batches"]["64"][:len(engine["losses"])]]
        error = max(abs(a - b) / b for a, b in zip(engine["losses"], losses))
        worst = max(worst, error)
        print(f"{task:10} {method:22} largest relative difference of {len(losses)} losses {error:.1e}")
    print("agrees" if worst < BOUND else "DIFFERS", f"(worst {worst:.1e}, bound {BOUND:g})")
    sys.exit(worst >= BOUND)


if __name__ == "__main__":
    main(*sys.argv[1:4])
