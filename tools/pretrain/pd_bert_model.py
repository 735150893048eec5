"""pd-bert: the encoder and its losses, with parameters by their Hugging Face names."""
import math

import common
from common import jax, jnp, np

CONFIG = {
    "architectures": ["BertModel"], "model_type": "bert", "vocab_size": 6000, "hidden_size": 128, "num_hidden_layers": 4,
    "num_attention_heads": 4, "intermediate_size": 512, "max_position_embeddings": 64, "type_vocab_size": 2,
    "hidden_act": "gelu", "layer_norm_eps": 1e-12, "pad_token_id": 0, "position_embedding_type": "absolute",
    "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "initializer_range": 0.02, "torch_dtype": "float16",
    "pooling": "mean",
}
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CLS, SEP = 2, 3
TEACHER_WIDTH = 512


def init_params(rng, config=CONFIG, words=None):
    """Random parameters; `words` may give a start for the word embeddings."""
    d, f = config["hidden_size"], config["intermediate_size"]
    normal = lambda *shape: rng.normal(0, 0.02, shape).astype(np.float32)
    ones, zeros = lambda n: np.ones(n, np.float32), lambda n: np.zeros(n, np.float32)
    p = {"embeddings.word_embeddings.weight": normal(config["vocab_size"], d) if words is None else words,
         "embeddings.position_embeddings.weight": normal(config["max_position_embeddings"], d),
         "embeddings.token_type_embeddings.weight": normal(2, d)}

    def linear(name, n_in, n_out):
        p[name + ".weight"], p[name + ".bias"] = normal(n_out, n_in), zeros(n_out)

    def norm(name):
        p[name + ".weight"], p[name + ".bias"] = ones(d), zeros(d)
    norm("embeddings.LayerNorm")
    for i in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{i}."
        for part in ("query", "key", "value"):
            linear(at + "attention.self." + part, d, d)
        linear(at + "attention.output.dense", d, d)
        norm(at + "attention.output.LayerNorm")
        linear(at + "intermediate.dense", d, f)
        linear(at + "output.dense", f, d)
        norm(at + "output.LayerNorm")
    linear("pooler.dense", d, d)
    return p


def init_distill(rng, d=CONFIG["hidden_size"]):
    """Training-only heads: sentence projection, pooler projection, pair regressor."""
    wide = lambda n_out: rng.normal(0, d ** -0.5, (n_out, d)).astype(np.float32)
    return {"distill.sentence.weight": wide(TEACHER_WIDTH), "distill.pooler.weight": wide(TEACHER_WIDTH),
            "distill.pair.weight": 0.1 * wide(1), "distill.pair.bias": np.full(1, 0.3, np.float32)}


def layer_norm(x, w, b, eps):
    mean = x.mean(-1, keepdims=True)
    var = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(var + eps) * w + b


def encode(p, ids, mask, segments, config=CONFIG):
    """Last hidden states [batch, length, width] of a post-LN BERT with erf GELU."""
    heads, eps, (b, t) = config["num_attention_heads"], config["layer_norm_eps"], ids.shape
    linear = lambda x, name: x @ p[name + ".weight"].T + p[name + ".bias"]
    norm = lambda x, name: layer_norm(x, p[name + ".weight"], p[name + ".bias"], eps)
    x = (p["embeddings.word_embeddings.weight"][ids] + p["embeddings.position_embeddings.weight"][:t]
         + p["embeddings.token_type_embeddings.weight"][segments])
    x = norm(x, "embeddings.LayerNorm")
    bias = jnp.where(mask > 0, 0.0, -1e9)[:, None, None]
    for i in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{i}."
        split = lambda name: linear(x, at + "attention.self." + name).reshape(b, t, heads, -1).transpose(0, 2, 1, 3)
        q, k, v = split("query"), split("key"), split("value")
        score = jax.nn.softmax(q @ k.transpose(0, 1, 3, 2) / math.sqrt(q.shape[-1]) + bias, -1)
        a = (score @ v).transpose(0, 2, 1, 3).reshape(b, t, -1)
        x = norm(x + linear(a, at + "attention.output.dense"), at + "attention.output.LayerNorm")
        h = jax.nn.gelu(linear(x, at + "intermediate.dense"), approximate=False)
        x = norm(x + linear(h, at + "output.dense"), at + "output.LayerNorm")
    return x


def mean_pool(x, mask):
    return (x * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)


def pooler(p, x):
    return jnp.tanh(x[:, 0] @ p["pooler.dense.weight"].T + p["pooler.dense.bias"])


def unit(x):
    return x / jnp.sqrt((x * x).sum(-1, keepdims=True) + 1e-12)


def cosine_loss(x, teacher):
    return (1 - (unit(x) * teacher).sum(-1)).mean()


def similarity_loss(u, teacher):
    """Match the cosines of all pairs in the batch; similar pairs, which are few, count more."""
    u = unit(u)
    want = teacher @ teacher.T
    weight = (1 + 12 * jnp.clip(want - 0.25, 0, 1)) * (1 - jnp.eye(len(want)))
    return (weight * (u @ u.T - want) ** 2).sum() / weight.sum()


def single_loss(p, ids, mask, teacher):
    """One sentence per row: mean pooling (cosine and similarities) and the pooler (cosine)."""
    teacher = unit(teacher.astype(jnp.float32))
    x = encode(p, ids, mask, jnp.zeros_like(ids))
    u = mean_pool(x, mask)
    cos = cosine_loss(u @ p["distill.sentence.weight"].T, teacher)
    sim = similarity_loss(u, teacher)
    cls = cosine_loss(pooler(p, x) @ p["distill.pooler.weight"].T, teacher)
    return cos + 5 * sim + 0.3 * cls, (cos, sim, cls)


def pair_loss(p, ids, mask, segments, t1, t2):
    """Two packed sentences: the pooler regresses the teacher's cosine; each segment's mean matches its sentence."""
    t1, t2 = unit(t1.astype(jnp.float32)), unit(t2.astype(jnp.float32))
    want = (t1 * t2).sum(-1)
    x = encode(p, ids, mask, segments)
    first, second = mask * (segments == 0), mask * (segments == 1)
    u1, u2 = mean_pool(x, first), mean_pool(x, second)
    seg = sum(cosine_loss(u @ p["distill.sentence.weight"].T, t) for u, t in ((u1, t1), (u2, t2))) / 2
    near = (((unit(u1) * unit(u2)).sum(-1) - want) ** 2).mean()
    guess = (pooler(p, x) @ p["distill.pair.weight"].T + p["distill.pair.bias"])[:, 0]
    reg = ((guess - want) ** 2).mean()
    return 0.5 * seg + 2 * near + 5 * reg, (seg, near, reg)


def is_matrix(name):
    """Which parameters Muon updates: none; AdamW at a low rate keeps what the teacher's word vectors start with."""
    return False


def make_step(loss):
    @jax.jit
    def step(p, state, ema, lr, *batch):
        (value, parts), grads = jax.value_and_grad(loss, has_aux=True)(p, *batch)
        p, state, norm = common.optimizer_step(p, grads, state, lr, is_matrix)
        keep = jnp.minimum(0.998, 1 - 1 / (1 + state["n"] / 4))
        ema = {k: keep * ema[k] + (1 - keep) * p[k] for k in p}
        return p, state, ema, jnp.stack([value, *parts, norm])
    return step
