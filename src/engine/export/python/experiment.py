"""One Rankscope experiment in PyTorch: the same data, order, starting values, updates and schedule as in the browser.

    python experiment.py --model DIR_OR_HUB_ID --data TRAIN [VALIDATION] [--steps N] [--out DIR]
    accelerate launch experiment.py --model ... --data ...       the same batches shared by several GPUs or machines

Needs torch, transformers, accelerate, safetensors and numpy. Writes a PEFT adapter (or the whole model, where that is
what trains), the task's output layer as head.safetensors, and metrics.jsonl. On a larger checkpoint the same kinds of
layers are updated in all of its blocks. Data is .tsv, .csv or .jsonl with the columns that the settings name, or .txt
with a text a line. Where the experiment was on custom data, that lies beside this file and --data may be left out.

On the same checkpoint losses agree with the browser's to about 1e-5, since sums run in another order. With dropout they
do not, because torch draws the masks.
"""
import argparse
import csv
import hashlib
import io
import itertools
import json
import math
import os
import re
from functools import lru_cache, partial
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch.nn import functional as F
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForSeq2SeqLM
from transformers.pytorch_utils import Conv1D
from transformers.utils import cached_file

# ---- Settings, written by Rankscope; below, only the method and the optimizer differ ----
SETTINGS = json.loads(r'''
{}
''')
# ---- End of the settings ----

RUN = SimpleNamespace(**SETTINGS["run"])
# The method's own, which is all that its statement reads.
OWN = SimpleNamespace(**{name: SETTINGS["run"][name] for name in SETTINGS["methodSettings"]})
TASK = SETTINGS["task"]
VALIDATION_BATCH = 32


def fail(problem):
    raise SystemExit(f"experiment: {problem}")
