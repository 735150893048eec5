"""Loads the adapters of headless runs with PEFT, and their merged models with transformers, and compares.

    python tools/check/peft_roundtrip.py [FOLDER [CASE ...]]

Every bundled preset, a nano model of every family, and every method on three of them are trained for a few steps by
`npm run headless`. The engine's hidden states and logits for some validation examples must be those of PyTorch, with the
adapter loaded by PEFT on the base and with the merged model, within 1e-4 of the largest value; and the weights into which
PEFT merges the adapter must be those of the merged model, within 1e-6. Exits with 1 where they are not.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers
from peft import PeftModel
from safetensors.torch import load_file

# The checkpoints have heads and poolers that are not compared; transformers would say so for each.
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

BOUND, OF_WEIGHTS = 1e-4, 1e-6
ROOT = pathlib.Path(__file__).parent.parent.parent


def outputs_of(model, given):
    """What a model makes of the tokens, by the names that the engine has for it."""
    ids = given["input_ids"].long()
    inputs = {"input_ids": ids, "attention_mask": given["attention_mask"].long()}
    family = model.config.model_type
    if family == "bert":
        inputs["token_type_ids"] = given["token_type_ids"].long()
    if family == "t5":
        inputs["decoder_input_ids"] = given["decoder_input_ids"].long()
    if family not in ("bert", "distilbert", "roberta"):
        inputs["use_cache"] = False
    with torch.no_grad():
        out = model(**inputs, output_hidden_states=True)
    states = out.decoder_hidden_states if family == "t5" else out.hidden_states
    found = {"last_hidden_state": states[-1]}
    if "logits" in out:
        found["logits"] = out.logits
    return found


def compare(name, what, model, given):
    """Prints the largest difference over tokens of all outputs, as a share of the largest value."""
    mask = given["mask"].bool()
    theirs = outputs_of(model.eval(), given)
    worst = 0.0
    for key, value in theirs.items():
        if key not in given:
            continue
        ours = given[key].reshape(value.shape)[mask]
        error = ((ours - value[mask]).abs().max() / value[mask].abs().max()).item()
        worst = max(worst, error if error == error else float("inf"))
    agrees = worst <= BOUND
    print(f"{name:31} {what:34} {worst:.1e} {'agrees' if agrees else 'DIFFERS'}", flush=True)
    return agrees


def compare_weights(name, adapted, merged):
    """Prints the largest difference of a weight from the merged model's, as a share of its largest value."""
    ours, worst = merged.state_dict(), 0.0
    theirs = {key: value for key, value in adapted.merge_and_unload().state_dict().items() if value.ndim == 2}
    for key, value in theirs.items():
        worst = max(worst, ((value - ours[key]).abs().max() / value.abs().max()).item())
    agrees = worst <= OF_WEIGHTS
    print(f"{name:31} {'weights that PEFT merges':34} {worst:.1e} {'agrees' if agrees else 'DIFFERS'}", flush=True)
    return agrees


def main(folder, *names):
    driver = ["node", "tools/run.mjs", "tools/check/peft_roundtrip.ts", str(pathlib.Path(folder).resolve()), *names]
    if not (pathlib.Path(folder) / "cases.json").exists():
        subprocess.run(driver, cwd=ROOT, check=True)
    failures = 0
    for case in json.loads((pathlib.Path(folder) / "cases.json").read_text()):
        if "skipped" in case:
            print(f"{case['id']:31} skipped: {case['skipped']}")
            continue
        at = pathlib.Path(case["at"])
        given = load_file(at / "ours.safetensors")
        auto = getattr(transformers, case["autoClass"])
        base = auto.from_pretrained(case["base"], dtype=torch.float32)
        before = outputs_of(base.eval(), given)["last_hidden_state"]
        adapted = PeftModel.from_pretrained(base, str(at / "adapter"))
        failures += not compare(case["id"], "adapter loaded by PEFT", adapted, given)
        moved = (outputs_of(adapted, given)["last_hidden_state"] - before).abs().max().item()
        if moved == 0:
            failures += 1
            print(f"{case['id']:31} the adapter changes nothing, so nothing was checked")
        merged = auto.from_pretrained(str(at / "merged"))
        failures += not compare(case["id"], "merged model by transformers", merged, given)
        failures += not compare_weights(case["id"], adapted, merged)
    print("all agree" if failures == 0 else f"{failures} differ")
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(main(*sys.argv[1:]))
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(main(temporary))
