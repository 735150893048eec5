"""Makes LoRA adapters with the real PEFT and checks that the engine takes them up as the same updates.

    python tools/check/peft_import.py

For a tiny random model of every family an adapter with random weights is trained by nobody and saved by PEFT; what the
engine reads of it, alpha / r times B times A, must be PEFT's own delta weight within 1e-6 of the largest value, in every
layer. Exits with 1 where it is not.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

ROOT = pathlib.Path(__file__).parent.parent.parent
FIXTURES = ROOT / "src/engine/model/fixtures/parity"
CASES = {
    "bert": ("AutoModel", ["query", "value"], False),
    "roberta": ("AutoModel", ["query", "key", "value", "attention.output.dense"], False),
    "distilbert": ("AutoModel", ["q_lin", "v_lin", "lin1", "lin2"], True),
    "gpt2": ("AutoModelForCausalLM", ["c_attn", "c_proj"], False),
    "llama": ("AutoModelForCausalLM", ["q_proj", "v_proj", "down_proj"], True),
    "qwen2": ("AutoModelForCausalLM", ["k_proj", "gate_proj"], False),
    "t5": ("AutoModelForSeq2SeqLM", ["q", "v", "wi", "wo"], False),
}


def make(family, folder):
    """Saves an adapter and what PEFT adds to every weight."""
    auto, targets, root_scaled = CASES[family]
    torch.manual_seed(len(family))
    base = getattr(transformers, auto).from_pretrained(FIXTURES / family)
    model = get_peft_model(base, LoraConfig(r=4, lora_alpha=6, target_modules=targets, use_rslora=root_scaled))
    deltas = {}
    for name, module in model.named_modules():
        if not hasattr(module, "lora_A") or "default" not in getattr(module, "lora_A"):
            continue
        for half in (module.lora_A, module.lora_B):
            torch.nn.init.normal_(half["default"].weight)
        delta = module.get_delta_weight("default")
        # Conv1D stores its matrix the other way round.
        is_transposed = type(module.get_base_layer()).__name__ == "Conv1D"
        deltas[name.removeprefix("base_model.model.")] = (delta.T if is_transposed else delta).contiguous()
    model.save_pretrained(folder)
    save_file(deltas, folder / "deltas.safetensors")


def main():
    with tempfile.TemporaryDirectory() as place:
        for family in CASES:
            folder = pathlib.Path(place) / family
            folder.mkdir()
            make(family, folder)
        given = json.dumps({family: str(FIXTURES / family) for family in CASES})
        sys.exit(subprocess.run(["node", "tools/check/peft_import.mjs", place, given], cwd=ROOT).returncode)


if __name__ == "__main__":
    main()
