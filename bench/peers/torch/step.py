"""Training steps of src/engine/bench/workload/network.ts in PyTorch, eager, on the processor.

Reads requests as lines of JSON and answers each with one: {"open": threads}, then {"network": header, "tensors": path}
for a fresh start, then {"steps": n}. An answer has milliseconds of a step, of processor time of one, and the losses.
"""

import json
import math
import sys
import time

import torch
import torch.nn.functional as F


class Training:
    """The network with its factors, AdamW and batches."""

    def __init__(self, header, path):
        self.config = config = header["config"]
        with open(path, "rb") as file:
            flat = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)

        def read(tensors):
            return {
                name: flat[at : at + math.prod(shape)].reshape(shape).clone()
                for name, (shape, at) in tensors.items()
            }

        self.frozen = read(header["frozen"])
        self.factors = {name: value.requires_grad_() for name, value in read(header["factors"]).items()}
        shape = (config["rows"], config["length"])
        self.batches = [
            tuple(torch.tensor(batch[part]).reshape(shape) for part in ("ids", "targets")) for batch in header["batches"]
        ]
        self.taken = 0
        self.optimizer = torch.optim.AdamW(
            self.factors.values(),
            lr=config["learningRate"],
            betas=(config["beta1"], config["beta2"]),
            eps=config["epsilon"],
            weight_decay=config["weightDecay"],
        )

    def step(self):
        """One step. Returns its loss as a tensor."""
        ids, targets = self.batches[self.taken % len(self.batches)]
        self.taken += 1
        self.optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(self.logits(ids), targets.reshape(-1))
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def logits(self, ids):
        """ids [rows, length] to logits [rows * length, vocabulary]."""
        config, frozen = self.config, self.frozen
        rows, length, width, heads = (config[key] for key in ("rows", "length", "width", "heads"))

        def norm(x, name):
            return F.layer_norm(x, (width,), frozen[f"{name}.g"], frozen[f"{name}.b"], config["normEpsilon"])

        def in_heads(x):
            return x.reshape(rows, length, heads, width // heads).transpose(1, 2)

        x = frozen["tok"][ids] + frozen["pos"]
        for block in range(config["blocks"]):
            name = f"l{block}"
            normed = norm(x, f"{name}.ln1")
            q, k, v = (in_heads(self.dense(normed, f"{name}.{part}")) for part in "qkv")
            attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.dense(attended.transpose(1, 2).reshape(rows, length, width), f"{name}.o")
            inner = F.gelu(self.dense(norm(x, f"{name}.ln2"), f"{name}.fc1"), approximate="tanh")
            x = x + self.dense(inner, f"{name}.fc2")
        return norm(x, "lnf").reshape(-1, width) @ frozen["tok"].T

    def dense(self, x, name):
        """x·W + bias + (alpha / rank) · x·A[·M]·B."""
        config, frozen, factors = self.config, self.frozen, self.factors
        narrow = x @ factors[f"{name}.A"]
        if config["depth"] == 3:
            narrow = narrow @ factors[f"{name}.M"]
        update = narrow @ factors[f"{name}.B"] * (config["alpha"] / config["rank"])
        return x @ frozen[f"{name}.W"] + frozen[f"{name}.bias"] + update


def main():
    training = None
    for line in sys.stdin:
        request = json.loads(line)
        if "open" in request:
            torch.set_num_threads(request["open"])
            answer = {"version": torch.__version__}
        elif "network" in request:
            training = Training(request["network"], request["tensors"])
            answer = {}
        else:
            started, busy = time.perf_counter(), time.process_time()
            losses = [training.step() for _ in range(request["steps"])]
            ended, worked = time.perf_counter(), time.process_time()
            each = 1000 / request["steps"]
            answer = {
                "ms": (ended - started) * each,
                "cpuMs": (worked - busy) * each,
                "losses": [loss.item() for loss in losses],
            }
        print(json.dumps(answer), flush=True)


main()
