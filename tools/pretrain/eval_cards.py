"""Evidence for the model cards: what pretraining is worth on the bundled tasks, beside trivial baselines.

    node tools/run.mjs tools/table/export.ts DATA.json
    python tools/pretrain/eval_cards.py bert DATA.json public/models/pd-bert tools/table/verse-sts.json tools/table/authors.json
    python tools/pretrain/eval_cards.py gpt public/tasks/kjv public/models/pd-gpt

bert: 64 examples, five seeds; pretrained as in docs/results.md, beside the same runs from random weights.
gpt: full fine-tuning on 64 windows of the King James Bible, from the checkpoint and from random weights.
"""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "table"))
import common
from common import jax, jnp, np

SHOTS = 64
RANDOM_RATES = {"head": (1e-3, 1e-2), "full": (3e-4, 1e-3)}


def words(text):
    return set(re.findall(r"\w+", text.lower()))


def overlap_baseline(task_dir):
    """Pearson of the Jaccard overlap of words with the label, on the validation split."""
    rows = common.read_tsv(task_dir + "/dev.tsv")
    scores = [len(words(a) & words(b)) / max(1, len(words(a) | words(b))) for a, b, _ in rows]
    return common.pearson(scores, [float(r[2]) for r in rows])


def bert(data_path, model, *results_paths):
    import pd_bert_model
    import twin
    data, config = json.load(open(data_path)), json.load(open(model + "/config.json"))
    plan, tasks = data["plan"], os.path.join(model, "..", "..", "tasks")
    mean = lambda found: f"{np.mean(found):.3f} ± {np.std(found, ddof=1):.3f}"

    def from_random(task, method, rate, seed):
        own = data["tasks"][task]
        base, seeded = pd_bert_model.init_params(np.random.default_rng(seed), config), own["seeds"][str(seed)]
        examples = seeded["training"][:SHOTS]
        rates = {"update": rate, "head": rate if method == "head" else plan["headLearningRates"][task]}
        run = twin.Run(base, config, method, {}, rates, plan["common"]["steps"], examples, task == "verse-sts", 4, seed)
        for batch in seeded["batches"][str(SHOTS)]:
            run.train([examples[i] for i in batch])
        return run.evaluate(own["validation"])

    for results in map(json.load, map(open, results_paths)):
        task = results["runs"][0]["task"]
        own, pair = data["tasks"][task], task == "verse-sts"
        print(f"\n{task}, {SHOTS} examples, {len(plan['seeds'])} seeds, {len(own['validation'])} validation rows")
        for method, rates in RANDOM_RATES.items():
            known = [r["metric"] for r in results["runs"] if (r["method"], r["shots"]) == (method, SHOTS)]
            print(f"  pretrained {method:5} {mean(known)}")
            best = max(rates, key=lambda rate: from_random(task, method, rate, plan["sweepSeed"]))
            print(f"  random     {method:5} {mean([from_random(task, method, best, seed) for seed in plan['seeds']])}", flush=True)
        if pair:
            print(f"  word overlap {overlap_baseline(os.path.join(tasks, task)):.3f}")
        else:
            labels = [e["label"] for e in own["validation"]]
            print(f"  largest class {max(labels.count(c) for c in set(labels)) / len(labels):.3f}")


def gpt(task_dir, model):
    import pd_gpt
    from tokenizers import Tokenizer
    tok = Tokenizer.from_file(model + "/tokenizer.json")
    length, batch = 64, 16
    ids = {split: np.array(tok.encode(open(f"{task_dir}/{split}.txt", encoding="utf-8").read()).ids) for split in ("train", "dev")}
    windows = {k: np.stack([v[at:at + length + 1] for at in range(0, len(v) - length - 1, length)]) for k, v in ids.items()}
    counts = np.bincount(ids["train"], minlength=pd_gpt.CONFIG["vocab_size"]) + 1.0
    unigram = -np.log(counts / counts.sum())[windows["dev"][:, 1:]].mean()
    print(f"kjv, {length} tokens a window, perplexity on {len(windows['dev'])} validation windows\n  unigram {np.exp(unigram):.0f}")
    loss = jax.jit(pd_gpt.loss_of)
    dev = windows["dev"][:256]
    score = lambda p: float(np.exp(np.mean([float(loss(p, dev[at:at + batch])) for at in range(0, len(dev) - batch + 1, batch)])))

    @jax.jit
    def step(p, m, v, t, rate, rows):
        _, grads = jax.value_and_grad(pd_gpt.loss_of)(p, rows)
        m = {k: 0.9 * m[k] + 0.1 * grads[k] for k in p}
        v = {k: 0.999 * v[k] + 0.001 * grads[k] ** 2 for k in p}
        return {k: p[k] - rate * (m[k] / (1 - 0.9 ** t)) / (jnp.sqrt(v[k] / (1 - 0.999 ** t)) + 1e-6) for k in p}, m, v

    few = windows["train"][np.random.default_rng(0).permutation(len(windows["train"]))[:SHOTS]]
    for start in ("pretrained", "random"):
        base = common.load_safetensors(model + "/model.safetensors") if start == "pretrained" else pd_gpt.init_params(np.random.default_rng(0))
        base = {k: jnp.asarray(x) for k, x in base.items()}
        print(f"  {start:10} without training {score(base):.1f}", flush=True)
        for rate in (3e-4, 1e-3):
            p, rng = base, np.random.default_rng(1)
            m = {k: jnp.zeros_like(x) for k, x in p.items()}
            v = dict(m)
            for t in range(1, 41):
                p, m, v = step(p, m, v, float(t), rate, few[rng.permutation(SHOTS)[:batch]])
            print(f"  {start:10} after 40 steps on {SHOTS} windows at {rate:g}: {score(p):.1f}", flush=True)


if __name__ == "__main__":
    {"bert": bert, "gpt": gpt}[sys.argv[1]](*sys.argv[2:])
