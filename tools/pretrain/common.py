"""Shared by the training scripts: one-thread JAX, an optimizer, safetensors in and out, resumable checkpoints."""
import json
import math
import os
import struct

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
import jax
import jax.numpy as jnp
import numpy as np


# ---------------------------------------------------------------- optimizer

def orthogonal(g, steps=5):
    """Newton-Schulz iteration of Muon (Jordan, 2024): the nearest semi-orthogonal matrix, roughly."""
    x = g / (jnp.linalg.norm(g) + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(steps):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x.T if tall else x


def optimizer_init(params):
    zeros = {k: jnp.zeros_like(v) for k, v in params.items()}
    return {"m": zeros, "v": {k: v for k, v in zeros.items()}, "n": jnp.zeros((), jnp.int32)}


def optimizer_step(params, grads, state, lr, is_matrix, muon=10.0, decay=0.01, betas=(0.9, 0.98), clip=1.0):
    """One step: Muon with learning rate `muon * lr` where is_matrix(name), AdamW with `lr` elsewhere."""
    n = state["n"] + 1
    norm = jnp.sqrt(sum((g * g).sum() for g in grads.values()))
    scale = jnp.minimum(1.0, clip / (norm + 1e-9))
    out, m, v = {}, {}, {}
    for k, w in params.items():
        g = grads[k] * scale
        if is_matrix(k):
            m[k], v[k] = 0.95 * state["m"][k] + g, state["v"][k]
            step = orthogonal(g + 0.95 * m[k]) * math.sqrt(max(w.shape) / min(w.shape)) * muon
        else:
            m[k] = betas[0] * state["m"][k] + (1 - betas[0]) * g
            v[k] = betas[1] * state["v"][k] + (1 - betas[1]) * g * g
            step = m[k] / (1 - betas[0] ** n) / (jnp.sqrt(v[k] / (1 - betas[1] ** n)) + 1e-8)
        shrink = decay * (muon if is_matrix(k) else 1.0) if w.ndim == 2 else 0.0
        out[k] = w - lr * (step + shrink * w)
    return out, {"m": m, "v": v, "n": n}, norm


def schedule(step, total, peak, warmup=200, hold=0.35):
    """Linear warm-up, then constant, then linear decay to 2 % of the peak."""
    if step < warmup:
        return peak * (step + 1) / warmup
    at = max(0.0, (step / total - hold) / (1 - hold))
    return peak * max(0.02, 1 - at)


# ---------------------------------------------------------------- files

def save_safetensors(path, tensors, metadata, dtype=np.float16):
    """Write {name: array} with a fixed tensor order (sorted names)."""
    head, blobs, at = {"__metadata__": metadata}, [], 0
    for name in sorted(tensors):
        blob = np.ascontiguousarray(np.asarray(tensors[name], dtype)).tobytes()
        head[name] = {"dtype": {2: "F16", 4: "F32"}[np.dtype(dtype).itemsize], "shape": list(tensors[name].shape),
                      "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    os.replace(path + ".part", path)


def load_safetensors(path):
    """{name: float32 array}."""
    raw = open(path, "rb").read()
    (n,) = struct.unpack("<Q", raw[:8])
    out = {}
    for name, t in json.loads(raw[8:8 + n]).items():
        if name != "__metadata__":
            a, b = t["data_offsets"]
            kind = {"F16": "<f2", "F32": "<f4"}[t["dtype"]]
            out[name] = np.frombuffer(raw[8 + n + a:8 + n + b], kind).reshape(t["shape"]).astype(np.float32)
    return out


def save_state(path, step, **trees):
    """A resumable checkpoint (float32 .npz) written beside and then moved into place."""
    flat = {"step": np.array(step)}
    for tree, values in trees.items():
        for k, v in values.items():
            flat[f"{tree}|{k}"] = np.asarray(v)
    with open(path + ".part", "wb") as f:
        np.savez(f, **flat)
    os.replace(path + ".part", path)


def load_state(path):
    """(step, {tree: {name: array}})."""
    trees, data = {}, np.load(path)
    for key in data.files:
        if "|" in key:
            tree, name = key.split("|")
            trees.setdefault(tree, {})[name] = jnp.asarray(data[key])
    return int(data["step"]), trees


def write_json(path, value, indent=1):
    with open(path, "w") as f:
        json.dump(value, f, indent=indent, ensure_ascii=False)
        f.write("\n")


def significant(values, digits=7):
    """Nested lists of floats rounded to `digits` significant digits."""
    return [significant(v, digits) for v in values] if isinstance(values, list) else float(f"%.{digits}g" % values)


def pearson(a, b):
    return float(np.corrcoef(a, b)[0, 1])


def spearman(a, b):
    """Rank correlation with average ranks for ties."""
    def ranks(x):
        x = np.asarray(x)
        _, inverse, count = np.unique(x, return_inverse=True, return_counts=True)
        last = np.cumsum(count)
        return (last - (count - 1) / 2)[inverse]
    return pearson(ranks(a), ranks(b))


def read_tsv(path):
    """Rows of a TSV file without its header."""
    with open(path) as f:
        return [line.rstrip("\n").split("\t") for line in f][1:]
