"""Runs scripts of Export, Python on random checkpoints of twice the width and two more blocks than they were written for.

    python tools/check/python_script_larger.py FOLDER          FOLDER: where python_script.ts left its experiments

A script that updates a named set of layers must find them in every block. Fails where the adapter, loaded by PEFT, is not
the network that the script had trained.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import python_script
import torch
from transformers import AutoConfig
from transformers.utils import logging

os.environ |= {"ACCELERATE_USE_CPU": "true"}
logging.disable_progress_bar()

# Relative, of the loss: the same weights, folded in another order.
BOUND = 1e-5

FIXTURES = "src/engine/model/fixtures/parity"
# The experiment's folder, its task, and the checkpoint whose family it is of.
EXPERIMENTS = [
    ("verse-sts-compressed", "verse-sts", "public/models/pd-bert"),
    ("kjv-narrow", "kjv", "public/models/pd-gpt"),
    ("roberta-packed", "verse-sts", f"{FIXTURES}/roberta"),
    ("distilbert-authors", "authors", f"{FIXTURES}/distilbert"),
    ("llama-kjv", "kjv", f"{FIXTURES}/llama"),
    ("qwen2-king-james", "king-james", f"{FIXTURES}/qwen2"),
    ("t5-gated-king-james", "king-james", f"{FIXTURES}/t5-gated"),
]


def enlarged(source):
    """A configuration, and by what factor it has more blocks."""
    config = AutoConfig.from_pretrained(source)
    blocks = config.num_hidden_layers
    for name in ("num_hidden_layers", "num_decoder_layers"):
        if hasattr(config, name):
            setattr(config, name, blocks + 2)
    # Qwen2's configuration lists the kind of attention block by block.
    if getattr(config, "layer_types", None):
        config.layer_types = [*config.layer_types, *config.layer_types[-1:] * 2]
    for name in ("hidden_size", "num_attention_heads"):
        setattr(config, name, 2 * getattr(config, name))
    return config, (blocks + 2) / blocks


def check(folder, written, task, source):
    """Whether the layers are those of every block, and the loss before, after, and after as PEFT loads it."""
    torch.manual_seed(0)
    model, out = f"{folder}/model", f"{folder}/out"
    shutil.copytree(written, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("out", "two"))
    script = python_script.load_script(folder)
    config, factor = enlarged(source)
    network_type, _ = script.TASKS[script.TASK["kind"]]().network_type(config)
    network_type.from_config(config).save_pretrained(model)
    shutil.copy(f"{source}/tokenizer.json", model)
    run = [f"{folder}/experiment.py", "--model", model, *python_script.data_of(task), "--out", out, "--steps", "5"]
    subprocess.run([sys.executable, *run], check=True, stdout=subprocess.DEVNULL)
    with open(f"{out}/metrics.jsonl", encoding="utf-8") as file:
        before, after = (row["eval/loss"] for row in map(json.loads, file) if "eval/loss" in row)
    experiment, batcher, _, validation = python_script.prepared(script, model, task)
    anew = python_script.measured_anew(script, batcher, validation, model, out)["loss"]
    return len(experiment.updates), round(len(script.SETTINGS["layers"]) * factor), before, after, anew


def main(folder):
    failures = 0
    for name, task, source in EXPERIMENTS:
        with tempfile.TemporaryDirectory() as place:
            count, expected, before, after, anew = check(place, f"{folder}/{name}", task, source)
        agrees = count == expected and abs(anew - after) <= BOUND * after < abs(after - before)
        failures += not agrees
        losses = f"loss {before:.6f} to {after:.6f}, by PEFT {anew:.6f}"
        print(f"{name:21} {count} of {expected} layers, {losses} {'agrees' if agrees else 'DIFFERS'}", flush=True)
    print("all agree" if failures == 0 else f"{failures} differ")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main(sys.argv[1])
