"""Loads what a script of Export, Python saved into a fresh model with PEFT, and measures it on the validation rows.

    python tools/check/python_script.py FOLDER MODEL TASK          FOLDER: of one experiment, from python_script.mjs

Prints the metrics as JSON. The starting point is compared with the engine's before that: how many of the values that were
drawn on the host have the same bits, and by how much the bases differ that come from a gradient.
"""
import importlib.util
import json
import sys

import numpy as np
import torch
from accelerate import Accelerator
from peft import PeftModel
from safetensors.torch import load_file


def load_script(folder):
    spec = importlib.util.spec_from_file_location("experiment", f"{folder}/experiment.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def compare_start(script, experiment, engine, name):
    """To standard error."""
    same, count, worst = 0, 0, 0.0
    ids = [layer["id"] for layer in engine["layers"]]
    values = {f"{i}/{factor}": p for i, u in zip(ids, experiment.updates) for factor, p in u.factors.items()}
    values |= {f"head.{factor}": p for factor, p in experiment.head.items()}
    for key, value in values.items():
        ours = np.array(engine["start"][key]["values"], np.float32).reshape(value.shape)
        theirs = value.detach().numpy()
        same, count = same + (ours == theirs).sum(), count + ours.size
        worst = max(worst, float(np.abs(ours - theirs).max()))
    print(f"{name}: {same} of {count} starting values have the same bits; largest difference {worst:.1e}", file=sys.stderr)


def main(folder, model, task_name):
    with open(f"{folder}/engine.json") as file:
        engine = json.load(file)
    script = load_script(folder)
    extension = "txt" if task_name == "kjv" else "tsv"
    sys.argv = ["experiment.py", "--model", model, "--data"]
    sys.argv += [f"public/tasks/{task_name}/{split}.{extension}" for split in ("train", "dev")]
    args = script.arguments()
    experiment, batcher, _, validation = script.prepare(args, "cpu")
    compare_start(script, experiment, engine, folder)

    trained = f"{folder}/out"
    source = trained if script.RUN.method == "full" else model
    network = batcher.task.pretrained.from_pretrained(source).float()
    if experiment.updates:
        network = PeftModel.from_pretrained(network, trained)
    head = {}
    if experiment.head:
        head = {name.removeprefix("head."): t.numpy() for name, t in load_file(f"{trained}/head.safetensors").items()}
    fresh = script.Experiment(batcher.task, network, head)
    print(json.dumps(script.evaluate(fresh, batcher, validation, Accelerator(cpu=True))))


if __name__ == "__main__":
    main(*sys.argv[1:4])
