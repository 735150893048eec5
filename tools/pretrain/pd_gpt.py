"""pd-gpt: a small GPT-2-layout language model trained on public-domain English prose.

    pd_gpt.py prepare TEXT VALIDATION DATA        byte-level BPE vocabulary and token ids
    pd_gpt.py train DATA RUN [--steps N]          resumable; writes RUN/state.npz and prints progress
    pd_gpt.py export DATA RUN OUT                 F16 safetensors, config, golden outputs

TEXT and VALIDATION are the files lm_train.txt and lm_val.txt of tools/data/build.py --texts, which leave the King James
Bible out. Parameters carry their Hugging Face names throughout ([in, out] matrices, as Conv1D has them).
"""
import argparse
import json
import math
import os
import time

import common
from common import jax, jnp, np

CONFIG = {
    "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": 2048, "n_embd": 192, "n_layer": 6, "n_head": 6,
    "n_positions": 256, "n_inner": 768, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
    "bos_token_id": 0, "eos_token_id": 0, "tie_word_embeddings": True, "torch_dtype": "float16",
    "attn_pdrop": 0.0, "embd_pdrop": 0.0, "resid_pdrop": 0.0,
}
END = "<|endoftext|>"
LENGTH, BATCH = 128, 16  # shorter than n_positions: cheaper per token; every tenth batch has full length
LONG_EVERY = 10


def init_params(rng, config=CONFIG):
    """Random parameters, scaled as in GPT-2."""
    d, f, layers = config["n_embd"], config["n_inner"], config["n_layer"]
    normal = lambda *shape, sd=0.02: rng.normal(0, sd, shape).astype(np.float32)
    ones, zeros = lambda n: np.ones(n, np.float32), lambda n: np.zeros(n, np.float32)
    p = {"wte.weight": normal(config["vocab_size"], d), "wpe.weight": normal(config["n_positions"], d, sd=0.01)}

    def linear(name, n_in, n_out, sd=0.02):
        p[name + ".weight"], p[name + ".bias"] = normal(n_in, n_out, sd=sd), zeros(n_out)

    def norm(name):
        p[name + ".weight"], p[name + ".bias"] = ones(d), zeros(d)
    for i in range(layers):
        at = f"h.{i}."
        norm(at + "ln_1")
        linear(at + "attn.c_attn", d, 3 * d)
        linear(at + "attn.c_proj", d, d, 0.02 / math.sqrt(2 * layers))
        norm(at + "ln_2")
        linear(at + "mlp.c_fc", d, f)
        linear(at + "mlp.c_proj", f, d, 0.02 / math.sqrt(2 * layers))
    norm("ln_f")
    return {"transformer." + k: v for k, v in p.items()}


def layer_norm(x, w, b, eps):
    mean = x.mean(-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(((x - mean) ** 2).mean(-1, keepdims=True) + eps) * w + b


def hidden(p, ids, config=CONFIG):
    """Last hidden states [batch, length, width], after the final norm."""
    g = lambda name: p["transformer." + name]
    heads, (b, t) = config["n_head"], ids.shape
    norm = lambda x, name: layer_norm(x, g(name + ".weight"), g(name + ".bias"), config["layer_norm_epsilon"])
    linear = lambda x, name: x @ g(name + ".weight") + g(name + ".bias")
    x = g("wte.weight")[ids] + g("wpe.weight")[:t]
    causal = jnp.where(jnp.tril(jnp.ones((t, t), bool)), 0.0, -1e9)
    for i in range(config["n_layer"]):
        at = f"h.{i}."
        q, k, v = jnp.split(linear(norm(x, at + "ln_1"), at + "attn.c_attn"), 3, -1)
        split = lambda z: z.reshape(b, t, heads, -1).transpose(0, 2, 1, 3)
        q, k, v = split(q), split(k), split(v)
        share = jax.nn.softmax(q @ k.transpose(0, 1, 3, 2) / math.sqrt(q.shape[-1]) + causal, -1)
        x = x + linear((share @ v).transpose(0, 2, 1, 3).reshape(b, t, -1), at + "attn.c_proj")
        x = x + linear(jax.nn.gelu(linear(norm(x, at + "ln_2"), at + "mlp.c_fc"), approximate=True), at + "mlp.c_proj")
    return norm(x, "ln_f")


def loss_of(p, ids):
    """Mean nats per token over ids [batch, length + 1]."""
    logits = hidden(p, ids[:, :-1]) @ p["transformer.wte.weight"].T
    picked = jnp.take_along_axis(logits, ids[:, 1:, None], -1)[..., 0]
    return (jax.nn.logsumexp(logits, -1) - picked).mean()


def is_matrix(name):
    """Which parameters Muon updates: the dense matrices of the blocks."""
    return ".h." in name and name.endswith("weight") and ".ln_" not in name


@jax.jit
def step_of(p, state, ema, lr, ids):
    value, grads = jax.value_and_grad(loss_of)(p, ids)
    p, state, norm = common.optimizer_step(p, grads, state, lr, is_matrix)
    keep = jnp.minimum(0.998, 1 - 1 / (1 + state["n"] / 4))
    return p, state, {k: keep * ema[k] + (1 - keep) * p[k] for k in p}, jnp.stack([value, norm])


def prepare(args):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    os.makedirs(args.data, exist_ok=True)
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    tok.post_processor = processors.ByteLevel(trim_offsets=False)
    tok.train([args.text], trainers.BpeTrainer(vocab_size=CONFIG["vocab_size"], special_tokens=[END], show_progress=False,
                                               initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tok.save(args.data + "/tokenizer.json")
    for name, path in (("train", args.text), ("valid", args.validation)):
        with open(path, encoding="utf-8") as f:
            lines = f.read().split("\n")
        ids = np.concatenate([np.array(e.ids, np.int16) for e in tok.encode_batch([line + "\n" for line in lines])])
        np.save(f"{args.data}/{name}.npy", ids)
        print(name, len(ids), "tokens", sum(len(line.encode()) + 1 for line in lines) / len(ids), "bytes per token")


def validate(p, ids, rows=64):
    run = jax.jit(loss_of)
    starts = np.linspace(0, len(ids) - LENGTH - 2, rows).astype(int)
    block = np.stack([ids[s:s + LENGTH + 1] for s in starts]).astype(np.int32)
    return float(np.mean([float(run(p, block[at:at + 16])) for at in range(0, rows, 16)]))


def train(args):
    os.makedirs(args.run, exist_ok=True)
    ids, valid = np.load(args.data + "/train.npy"), np.load(args.data + "/valid.npy")
    params = {k: jnp.asarray(v) for k, v in init_params(np.random.default_rng(1)).items()}
    state, ema, step, spent = common.optimizer_init(params), dict(params), 0, 0.0
    path = args.run + "/state.npz"
    if os.path.exists(path):
        step, trees = common.load_state(path)
        params, ema = trees["p"], trees["ema"]
        state = {"m": trees["m"], "v": trees["v"], "n": trees["x"]["n"]}
        spent = float(trees["x"]["spent"])
        print("resumed at", step)
    rng, log, began, tokens = np.random.default_rng(100 + step), [], time.time(), 0
    while step < args.steps:
        long = step % LONG_EVERY == LONG_EVERY - 1
        length, batch = (CONFIG["n_positions"], BATCH // 2) if long else (LENGTH, BATCH)
        starts = rng.integers(0, len(ids) - length - 1, batch)
        block = np.stack([ids[s:s + length + 1] for s in starts]).astype(np.int32)
        lr = jnp.float32(common.schedule(step, args.steps, args.lr))
        params, state, ema, info = step_of(params, state, ema, lr, block)
        log.append(info)
        tokens += batch * length
        step += 1
        if step % 100 == 0:
            now = time.time() - began
            print(f"{step} {now + spent:.0f}s {tokens / now:.0f} tok/s loss {np.mean(log, 0)[0]:.4f}", flush=True)
            log = []
        if step % args.every == 0 or step == args.steps:
            common.save_state(path, step, p=params, ema=ema, m=state["m"], v=state["v"],
                              x={"n": state["n"], "spent": np.array(spent + time.time() - began)})
            print("CHECK", json.dumps({"step": step, "seconds": round(spent + time.time() - began),
                                       "validation": round(validate(ema, valid), 4)}), flush=True)


def golden(p, tok):
    """One sentence and its hidden states and last logits, with the F16-rounded weights."""
    ids = np.array([tok.encode("The sea was rough.").ids])
    x = hidden(p, ids)
    lists = lambda a: common.significant(np.asarray(a, np.float64).tolist())
    return {"texts": [["The sea was rough."]],
            "note": "float32 forward pass in JAX with the F16 weights", "input_ids": ids.tolist(),
            "attention_mask": np.ones_like(ids).tolist(), "token_type_ids": np.zeros_like(ids).tolist(),
            "last_hidden_state": lists(x), "logits": lists(x @ p["transformer.wte.weight"].T)}


def export(args):
    from tokenizers import Tokenizer
    os.makedirs(args.out, exist_ok=True)
    step, trees = common.load_state(args.run + "/state.npz")
    common.save_safetensors(args.out + "/model.safetensors", {k: np.asarray(v) for k, v in trees["ema"].items()}, {
        "format": "pt", "step": str(step), "license": "CC0-1.0",
        "source": "trained on public-domain text from Debian and npm packages; see README.md"})
    common.write_json(args.out + "/config.json", CONFIG)
    tok = Tokenizer.from_file(args.data + "/tokenizer.json")
    tok.save(args.out + "/tokenizer.json", pretty=False)
    p = {k: jnp.asarray(v) for k, v in common.load_safetensors(args.out + "/model.safetensors").items()}
    common.write_json(args.out + "/golden.json", golden(p, tok), indent=None)
    print("step", step, "parameters", sum(v.size for v in p.values()))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = ap.add_subparsers(dest="command", required=True)
    one = sub.add_parser("prepare")
    one.add_argument("text"), one.add_argument("validation"), one.add_argument("data")
    one = sub.add_parser("train")
    one.add_argument("data"), one.add_argument("run")
    one.add_argument("--steps", type=int, default=1500)
    one.add_argument("--lr", type=float, default=2e-3)
    one.add_argument("--every", type=int, default=500, help="steps between checkpoints")
    one = sub.add_parser("export")
    one.add_argument("data"), one.add_argument("run"), one.add_argument("out")
    args = ap.parse_args()
    {"prepare": prepare, "train": train, "export": export}[args.command](args)


if __name__ == "__main__":
    main()
