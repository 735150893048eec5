"""Runs scripts of Export, Python on tiny random checkpoints of other families, and loads what they save with PEFT.

    python tools/check/python_script_families.py FOLDER          FOLDER: where python_script.mjs left its experiments

A script names layers of the family that it was written for, in a checkpoint of some depth; here it is given those of
another family in its first block, and must find them in all three. Fails where the adapter, loaded by PEFT, is not the
network that the script had trained.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import python_script
import torch
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM
from transformers.utils import logging

os.environ |= {"ACCELERATE_USE_CPU": "true"}
logging.disable_progress_bar()

BLOCKS = 3
# Relative, of the loss: the same weights, folded in another order.
BOUND = 1e-5

NARROW = {"hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": BLOCKS, "intermediate_size": 48}
BERT_LAYERS = ["encoder.layer.0.attention.self.query", "encoder.layer.0.output.dense"]
LLAMA_LAYERS = ["model.layers.0.self_attn.k_proj", "model.layers.0.mlp.down_proj"]
# What config.json says beside the vocabulary, and layers of the first block.
ENCODERS = {
    "bert": (NARROW, BERT_LAYERS),
    "roberta": (NARROW | {"max_position_embeddings": 66, "type_vocab_size": 1, "pad_token_id": 0}, BERT_LAYERS),
    "distilbert": (
        {"dim": 32, "n_heads": 4, "n_layers": BLOCKS, "hidden_dim": 48},
        ["transformer.layer.0.attention.q_lin", "transformer.layer.0.ffn.lin2"],
    ),
}
DECODERS = {
    "gpt2": ({"n_embd": 32, "n_head": 4, "n_layer": BLOCKS, "bos_token_id": 0, "eos_token_id": 0}, ["h.0.attn.c_attn", "h.0.mlp.c_proj"]),
    "llama": (NARROW | {"num_key_value_heads": 2}, LLAMA_LAYERS),
    "qwen2": (NARROW | {"num_key_value_heads": 2}, LLAMA_LAYERS),
}
EXPERIMENTS = [
    ("verse-sts-compressed", "verse-sts", "pd-bert", AutoModel, ENCODERS),
    ("authors-narrow", "authors", "pd-bert", AutoModel, ENCODERS),
    ("kjv-narrow", "kjv", "pd-gpt", AutoModelForCausalLM, DECODERS),
    ("kjv-compressed", "kjv", "pd-gpt", AutoModelForCausalLM, DECODERS),
]


def rewritten(script, layers):
    """A script with other layers, and a learning rate at which three steps can be seen."""
    start, literal, end = re.fullmatch(r"(.*\nSETTINGS = json\.loads\(r'''\n)(.*?)('''\).*)", script, re.S).groups()
    settings = json.loads(literal) | {"layers": layers, "everyBlock": True}
    settings["run"] |= {"learningRate": 0.05, "headLearningRate": 0.0}
    return start + json.dumps(settings) + end


def check(folder, written, task, tokenizer, automodel, family, sizes, layers):
    """Layers with an update, and the validation loss before, after, and after as PEFT loads it."""
    torch.manual_seed(0)
    model, out = f"{folder}/model", f"{folder}/out"
    with open(f"public/models/{tokenizer}/config.json", encoding="utf-8") as file:
        vocabulary = json.load(file)["vocab_size"]
    automodel.from_config(AutoConfig.for_model(family, vocab_size=vocabulary, **sizes)).save_pretrained(model)
    shutil.copy(f"public/models/{tokenizer}/tokenizer.json", model)
    with open(f"{folder}/experiment.py", "w", encoding="utf-8") as file:
        file.write(rewritten(written, layers))
    run = [f"{folder}/experiment.py", "--model", model, *python_script.data_of(task), "--out", out, "--steps", "3"]
    subprocess.run([sys.executable, *run], check=True, stdout=subprocess.DEVNULL)
    with open(f"{out}/metrics.jsonl") as file:
        before, after = (row["eval/loss"] for row in map(json.loads, file) if "eval/loss" in row)
    script = python_script.load_script(folder)
    experiment, batcher, validation = python_script.prepared(script, model, task)
    anew = python_script.measured_anew(script, batcher, validation, model, out)["loss"]
    return len(experiment.updates), before, after, anew


def main(folder):
    failures = 0
    for name, task, tokenizer, automodel, families in EXPERIMENTS:
        with open(f"{folder}/{name}/experiment.py", encoding="utf-8") as file:
            written = file.read()
        for family, (sizes, layers) in families.items():
            with tempfile.TemporaryDirectory() as place:
                count, before, after, anew = check(place, written, task, tokenizer, automodel, family, sizes, layers)
            agrees = abs(anew - after) <= BOUND * after < abs(after - before) and count == BLOCKS * len(layers)
            failures += not agrees
            losses = f"loss {before:.6f} to {after:.6f}, by PEFT {anew:.6f}"
            print(f"{name:21} {family:11} {count} layers, {losses} {'agrees' if agrees else 'DIFFERS'}", flush=True)
    print("all agree" if failures == 0 else f"{failures} differ")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main(sys.argv[1])
