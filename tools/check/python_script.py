"""Loads what a script of Export, Python saved into a fresh model with PEFT, and measures it on the validation rows.

    python tools/check/python_script.py FOLDER MODEL TASK          FOLDER: of one experiment, from python_script.ts

Prints the metrics as JSON, with how the script's starting point and first gradient compare with the engine's.
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


# A gradient of no more than this is rounding.
NOTHING = 1e-7


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
    """The script's experiment before its first step, its batcher, and the training and validation examples."""
    sys.argv = ["experiment.py", "--model", model, *data_of(task)]
    return script.prepare(script.arguments(), "cpu")


def measured_anew(script, batcher, validation, model, trained):
    """Metrics of a fresh model with what lies in the folder `trained`."""
    trains = script.SETTINGS["trains"]
    source = trained if trains == "weights" else model
    network_type, _ = batcher.task.network_type(AutoConfig.from_pretrained(source))
    network = network_type.from_pretrained(source).float()
    if trains == "updates":
        network = PeftModel.from_pretrained(network, trained)
    head = {}
    if os.path.exists(f"{trained}/head.safetensors"):
        head = {name.removeprefix("head."): t.numpy() for name, t in load_file(f"{trained}/head.safetensors").items()}
    return script.evaluate(script.Experiment(batcher.task, network, head), batcher, validation, Accelerator(cpu=True))


def named(experiment, engine):
    """What starts anew by the engine's names; what never trains the engine does not name."""
    ids = [layer["id"] for layer in engine["layers"]]
    values = {f"{i}/{factor}": p for i, u in zip(ids, experiment.updates) for factor, p in u.factors.items()}
    values |= {f"head.{factor}": p for factor, p in experiment.head.items()}
    return {key: value for key, value in values.items() if key in engine["start"]}


def compare_start(experiment, engine):
    """A sentence on how the script's starting values compare with the engine's; empty where nothing was drawn."""
    same, drawn, bases = 0, 0, 0.0
    for key, value in named(experiment, engine).items():
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


def compare_gradient(script, experiment, batcher, training, engine):
    """The largest difference in the first gradient, as a share of the largest value in the same tensor."""
    experiment.groups()
    experiment.eval()
    batch = [training[i] for i in script.batch_positions(len(training), script.RUN.batchSize, 0)]
    for piece, total in batcher.portions(batch, script.RUN.batchSize):
        _, losses = experiment(piece)
        ((losses * piece.weights).sum() / total).backward()
    values = named(experiment, engine)
    for name, p in experiment.backbone.named_parameters():
        values |= {key: p for key in engine["gradient"] if f".{name}".endswith(f".{key}")}
    worst, compared = 0.0, 0
    for key, value in values.items():
        if value.grad is None:
            continue
        ours, theirs = np.array(engine["gradient"][key]), value.grad.numpy()
        largest = np.abs(theirs).max()
        # What softmax does not see has a gradient of rounding, and A has none while B is 0.
        if largest > NOTHING:
            compared += 1
            worst = max(worst, float(np.abs(ours.reshape(theirs.shape) - theirs).max() / largest))
    assert compared, "no gradient was compared"
    return worst


def main(folder, model, task):
    with open(f"{folder}/engine.json") as file:
        engine = json.load(file)
    script = load_script(folder)
    experiment, batcher, training, validation = prepared(script, model, task)
    start = compare_start(experiment, engine)
    gradient = compare_gradient(script, experiment, batcher, training, engine)
    metrics = measured_anew(script, batcher, validation, model, f"{folder}/out")
    print(json.dumps({"metrics": metrics, "start": start, "gradient": gradient}))


if __name__ == "__main__":
    main(*sys.argv[1:4])
