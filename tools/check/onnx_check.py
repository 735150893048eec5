"""Opens exported ONNX models outside the browser and compares what they compute with what other programs did.

    node tools/run.mjs tools/check/onnx_export.ts OUT FOLDER...
    python tools/check/onnx_check.py OUT                 needs onnx, onnxruntime, numpy, safetensors

Each folder in OUT is checked by onnx.checker, with types and shapes inferred, and run by onnxruntime. Outputs are
compared with golden.json or golden.safetensors over the tokens that are no padding. The bound is 5e-5 of the largest
value: float32 on both sides, and golden.json keeps five or six digits.
"""
import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

BOUND = 5e-5
INPUTS = {
    "ids": "input_ids",
    "mask": "attention_mask",
    "segments": "token_type_ids",
    "decoder ids": "decoder_input_ids",
}


def golden_of(folder):
    """Inputs and outputs by the names of the graph, and the masks of both sides."""
    if os.path.exists(os.path.join(folder, "golden.json")):
        with open(os.path.join(folder, "golden.json"), encoding="utf-8") as file:
            values = json.load(file)
        known = {name: np.array(value) for name, value in values.items() if isinstance(value, list) and name != "texts"}
        return known, known["attention_mask"], None
    stored = load_file(os.path.join(folder, "golden.safetensors"))
    known = {INPUTS.get(name, name): value for name, value in stored.items()}

    def last(prefix):
        states = [name for name in stored if name.startswith(prefix + " ")]
        return stored[max(states, key=lambda name: int(name.rsplit(" ", 1)[1]))] if states else None

    known["last_hidden_state"] = last("decoder state") if "decoder ids" in stored else last("state")
    known["encoder_last_hidden_state"] = last("encoder state")
    known["pooler_output"] = stored.get("pooled")
    return known, stored["mask"], stored.get("decoder mask")


def largest_error(computed, expected, mask):
    """max |difference| / max |expected| over the tokens of the mask, or over everything without one."""
    if mask is not None:
        computed, expected = computed[mask != 0], expected[mask != 0]
    return np.abs(computed - expected).max() / np.abs(expected).max()


def check(folder):
    path = os.path.join(folder, "model.onnx")
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    known, mask, decoder_mask = golden_of(folder)
    zeros = np.zeros(mask.shape, np.int64)
    feeds = {node.name: known.get(node.name, zeros).astype(np.int64) for node in session.get_inputs()}
    names = [node.name for node in session.get_outputs()]
    errors = {}
    for name, computed in zip(names, session.run(names, feeds)):
        expected = known.get(name)
        if expected is None:
            continue
        per_token = computed.ndim == 3
        side = mask if decoder_mask is None or name.startswith("encoder_") else decoder_mask
        errors[name] = largest_error(computed, expected, side if per_token else None)
    return errors


def main(out):
    worst, checked = 0, 0
    for name in sorted(os.listdir(out)):
        errors = check(os.path.join(out, name))
        if not errors:
            raise SystemExit(f"{name}: golden values name no output of the graph")
        checked += 1
        worst = max(worst, *errors.values())
        print(f"{name:14}", "  ".join(f"{output} {error:.1e}" for output, error in errors.items()))
    agrees = checked > 0 and worst < BOUND
    print("agrees" if agrees else "DIFFERS", f"({checked} models, worst {worst:.1e}, bound {BOUND:g})")
    sys.exit(not agrees)


if __name__ == "__main__":
    main(sys.argv[1])
