"""Loads what a script of Export, Python saved into a fresh model with PEFT, and measures it on the validation rows.

    python tools/check/python_script.py FOLDER MODEL TASK          FOLDER: of one experiment, from python_script.ts

Prints the metrics as JSON, with a sentence on how the script's starting point compares with the engine's.
"""
import importlib.util
import json
import os
import sys

import numpy as np
from accelerate import Accelerator
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoConfig


def data_of(task):
    """Arguments for a bundled task; custom data lies beside the script."""
    if task == "custom":
        return []
    kind = "txt" if task == "kjv" else "tsv"
    return ["--data", *(f"public/tasks/{task}/{split}.{kind}" for split in ("train", "dev"))]


def load_script(folder):
    spec = importlib.util.spec_from_file_location("experiment", f"{folder}/experiment.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def prepared(script, model, task):
    """The script's experiment before its first step, its batcher, and the validation examples."""
    sys.argv = ["experiment.py", "--model", model, *data_of(task)]
    experiment, batcher, _, validation = script.prepare(script.arguments(), "cpu")
    return experiment, batcher, validation


def measured_anew(script, batcher, validation, model, trained):
    """Metrics of a fresh model with what lies in the folder `trained`."""
    full = script.RUN.method == "full"
    source = trained if full else model
    network_type, _ = batcher.task.network_type(AutoConfig.from_pretrained(source))
    network = network_type.from_pretrained(source).float()
    if script.RUN.method not in ("full", "head"):
        network = PeftModel.from_pretrained(network, trained)
    head = {}
    if os.path.exists(f"{trained}/head.safetensors"):
        head = {name.removeprefix("head."): t.numpy() for name, t in load_file(f"{trained}/head.safetensors").items()}
    return script.evaluate(script.Experiment(batcher.task, network, head), batcher, validation, Accelerator(cpu=True))


def compare_start(experiment, engine):
    """A sentence on how the script's starting values compare with the engine's; empty where nothing was drawn."""
    ids = [layer["id"] for layer in engine["layers"]]
    values = {f"{i}/{factor}": p for i, u in zip(ids, experiment.updates) for factor, p in u.factors.items()}
    values |= {f"head.{factor}": p for factor, p in experiment.head.items()}
    same, drawn, bases = 0, 0, 0.0
    for key, value in values.items():
        theirs = value.detach().numpy()
        ours = np.array(engine["start"][key], np.float32).reshape(theirs.shape)
        if key.endswith(("/U", "/V")):
            bases = max(bases, float(np.abs(ours - theirs).max()))
        else:
            same, drawn = same + int((ours == theirs).sum()), drawn + ours.size
    if not drawn:
        return ""
    found = f"; bases from the gradient differ by {bases:.1e} at most" if bases else ""
    return f"{same} of {drawn} starting values have the engine's bits{found}"


def main(folder, model, task):
    with open(f"{folder}/engine.json") as file:
        engine = json.load(file)
    script = load_script(folder)
    experiment, batcher, validation = prepared(script, model, task)
    start = compare_start(experiment, engine)
    metrics = measured_anew(script, batcher, validation, model, f"{folder}/out")
    print(json.dumps({"metrics": metrics, "start": start}))


if __name__ == "__main__":
    main(*sys.argv[1:4])
