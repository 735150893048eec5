"""Makes adapters with the real PEFT and checks that the engine takes them up as the same updates.

    python tools/check/peft_import.py

For a tiny random model of every family, and for every setting by which layers come to have ranks and scales of their own,
an adapter with random weights is trained by nobody and saved by PEFT; the update that the engine reads of it must be what
PEFT adds to the weight when it merges, within 1e-6 of the largest value, in every layer, and an output layer that a run
can have must be there to the bit. Exits with 1 where it is not.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers
from peft import HiraConfig, LoraConfig, MissConfig, get_peft_model
from safetensors.torch import save_file

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

ROOT = pathlib.Path(__file__).parent.parent.parent
FIXTURES = ROOT / "src/engine/model/fixtures/parity"
LM = "AutoModelForCausalLM"
CLASSES = "AutoModelForSequenceClassification"
PACKED = {"task": "verse-sts", "pairing": "packed"}
# Model, class, settings of the adapter, settings of the run, whether its head is the run's.
CASES = {
    "bert": ("bert", "AutoModel", {"target_modules": ["query", "value"]}, {}, False),
    "roberta": ("roberta", "AutoModel", {"target_modules": ["query", "key", "value", "attention.output.dense"]}, {}, False),
    "distilbert": ("distilbert", "AutoModel", {"target_modules": ["q_lin", "v_lin", "lin1", "lin2"], "use_rslora": True}, {}, False),
    "gpt2": ("gpt2", LM, {"target_modules": ["c_attn", "c_proj"]}, {"task": "kjv"}, False),
    "llama": ("llama", LM, {"target_modules": ["q_proj", "v_proj", "down_proj"], "use_rslora": True}, {"task": "kjv"}, False),
    "qwen2": ("qwen2", LM, {"target_modules": ["k_proj", "gate_proj"]}, {"task": "kjv"}, False),
    "t5": ("t5", "AutoModelForSeq2SeqLM", {"target_modules": ["q", "v", "wi", "wo"]}, {"task": "king-james"}, False),
    "ranks": (
        "llama",
        LM,
        {
            "target_modules": r".*\.(q_proj|v_proj|up_proj)",
            "rank_pattern": {r"layers\.0\.self_attn\.q_proj": 2, "^model.layers.1.*v_proj": 1},
            "alpha_pattern": {"v_proj": 3, r"(q|k)_proj": 0.001},
        },
        {"task": "kjv"},
        False,
    ),
    "ranks, by the root": (
        "bert",
        "AutoModel",
        {
            "target_modules": "all-linear",
            "use_rslora": True,
            "lora_alpha": 3000,
            "rank_pattern": {"intermediate.dense": 1, "query": 3},
            "alpha_pattern": {"layer.0.attention.self.key": 5},
            "exclude_modules": ["value"],
        },
        PACKED,
        False,
    ),
    "blocks": (
        "gpt2",
        LM,
        {"target_modules": ["c_attn"], "layers_to_transform": [1], "layers_pattern": "h", "bias": "none"},
        {"task": "kjv"},
        False,
    ),
    "dora": ("bert", "AutoModel", {"target_modules": ["query", "intermediate.dense"], "use_dora": True}, {}, False),
    "dora, ranks": (
        "gpt2",
        LM,
        {"target_modules": ["c_attn", "c_proj"], "use_dora": True, "use_rslora": True, "rank_pattern": {"c_attn": 2}},
        {"task": "kjv"},
        False,
    ),
    "hira": ("bert", "AutoModel", {"kind": HiraConfig, "target_modules": ["query", "output.dense"]}, {}, False),
    "hira, Conv1D": ("gpt2", LM, {"kind": HiraConfig, "target_modules": ["c_attn", "c_fc"]}, {"task": "kjv"}, False),
    "miss": ("bert", "AutoModel", {"kind": MissConfig, "r": 5, "target_modules": ["query", "output.dense"]}, {}, False),
    "zero biases": ("bert", "AutoModel", {"target_modules": ["query"], "lora_bias": True}, {}, False),
    "classes": ("bert", CLASSES, {"target_modules": ["query"], "task_type": "SEQ_CLS"}, PACKED, True),
    "classes, another head": ("roberta", CLASSES, {"target_modules": ["query"], "task_type": "SEQ_CLS"}, PACKED, False),
    "classes, a decoder": ("gpt2", CLASSES, {"target_modules": ["c_attn"], "task_type": "SEQ_CLS"}, {"task": "authors"}, False),
}


def make(name, folder):
    """Saves an adapter and what PEFT adds to every weight."""
    family, auto, settings, _, has_head = CASES[name]
    torch.manual_seed(len(name))
    labels = {"num_labels": 1} if auto == CLASSES else {}
    base = getattr(transformers, auto).from_pretrained(FIXTURES / family, **labels)
    settings = {"r": 4, "kind": LoraConfig, **settings}
    kind = settings.pop("kind")
    model = get_peft_model(base, kind(**({"lora_alpha": 6} if kind is LoraConfig else {}) | settings))
    for parameter_name, parameter in model.named_parameters():
        if parameter.requires_grad and "modules_to_save" not in parameter_name:
            # A bias of an update is only read where it is zero.
            deviation = 0.0 if parameter_name.endswith("lora_B.default.bias") else 1.0
            torch.nn.init.normal_(parameter, std=deviation)
    deltas = {}
    if has_head:
        head = model.base_model.model.classifier.modules_to_save["default"]
        torch.nn.init.normal_(head.bias)
        deltas["head.weight"] = head.weight.detach().clone()
        deltas["head.bias"] = head.bias.detach().clone()
    model.save_pretrained(folder)
    before = {each: module.base_layer.weight.double() for each, module in model.named_modules() if hasattr(module, "base_layer")}
    for module_name, module in model.double().merge_and_unload().named_modules():
        weight = before.get(f"base_model.model.{module_name}")
        if weight is not None:
            delta = module.weight.detach() - weight.detach()
            # Conv1D stores its matrix the other way round.
            deltas[module_name] = (delta.T if type(module).__name__ == "Conv1D" else delta).contiguous()
    save_file(deltas, folder / "deltas.safetensors")


def main():
    with tempfile.TemporaryDirectory() as place:
        for name in CASES:
            folder = pathlib.Path(place) / name
            folder.mkdir()
            make(name, folder)
        given = json.dumps({name: {"base": str(FIXTURES / case[0]), "settings": case[3]} for name, case in CASES.items()})
        sys.exit(subprocess.run(["node", "tools/run.mjs", "tools/check/peft_import.ts", place, given], cwd=ROOT).returncode)


if __name__ == "__main__":
    main()
