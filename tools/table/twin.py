"""The engine's experiment written a second time, in JAX: losses, AdamW and bases from the definitions, updates as the
methods state them in Python.

Weights are formed as W + ΔW and differentiated as a whole, so nothing of the engine's forward or backward pass is
repeated here. Conventions and names follow src/engine (settings as in settings/config.ts).
"""
import json
import os
import sys
from types import SimpleNamespace

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TOOLS, os.path.join(TOOLS, "pretrain")]
import common
from common import jax, jnp, np
import pd_bert_model
from statement import Statement

LAYERS = {"query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
          "output": "attention.output.dense", "up": "intermediate.dense", "down": "output.dense"}


def targets(config):
    """{layer id: tensor name} of the set attention-mlp."""
    return {f"{i}.{part}": f"encoder.layer.{i}.{path}.weight"
            for i in range(config["num_hidden_layers"]) for part, path in LAYERS.items()}


class NewLayer:
    """A layer that gets its first parameters; `common` holds what layers of a shape share."""

    def __init__(self, W, rng, common):
        self.W, self.shape, self.rng, self.common = np.asarray(W, np.float64), W.shape, rng, common
        self.stream = self

    def weight(self):
        return self.W

    def symmetric(self, *shape):
        return self.rng.uniform(-1, 1, shape)

    def normals(self, *shape):
        return self.rng.normal(size=shape)

    def orthogonal(self, rows, cols):
        q, _ = np.linalg.qr(self.rng.normal(size=(max(rows, cols), min(rows, cols))))
        return q if rows >= cols else q.T

    def shared(self, name, draw):
        key = self.shape, name
        if key not in self.common:
            self.common[key] = draw(self)
        return self.common[key]


def outputs(p, head, ids, mask, pair, config):
    """Scores [examples] of pairs whose sentences lie half a batch apart, or class logits."""
    u = pd_bert_model.mean_pool(pd_bert_model.encode(p, ids, mask, jnp.zeros_like(ids), config), mask)
    if not pair:
        return u @ head["weight"].T + head["bias"]
    a, b = jnp.split(u, 2)
    cos = (a * b).sum(-1) / jnp.sqrt((a * a).sum(-1) * (b * b).sum(-1))
    features = jnp.concatenate([a * b, jnp.abs(a - b), cos[:, None]], 1)
    return (features @ head["weight"].T + head["bias"])[:, 0]


def loss_of(out, labels, pair):
    if pair:
        return ((out - labels) ** 2).mean()
    return (jax.nn.logsumexp(out, -1) - jnp.take_along_axis(out, labels.astype(int)[:, None], -1)[:, 0]).mean()


def initial_head(pair, width, labels, classes, rng):
    if pair:
        weight = np.zeros((1, 2 * width + 1))
        weight[0, -1] = 2.5
        return {"weight": weight, "bias": np.array([np.mean(labels) - 1.25])}
    return {"weight": 0.02 * rng.normal(size=(classes, width)), "bias": np.zeros(classes)}


def pack(examples, length=None):
    """ids, mask [rows, length] and labels of examples, first sentences before second ones."""
    rows = [e["rows"][side] for side in range(len(examples[0]["rows"])) for e in examples]
    length = length or -(-max(len(r) for r in rows) // 16) * 16
    ids, mask = np.zeros((len(rows), length), np.int32), np.zeros((len(rows), length), np.float32)
    for i, r in enumerate(rows):
        ids[i, :len(r)], mask[i, :len(r)] = r, 1
    return ids, mask, np.array([e["label"] for e in examples], np.float32)


COMPILED = {}


def compiled(method, statement, settings, pair, config):
    """(weights, step, predict) for runs of one kind, compiled once; base weights and rates are arguments."""
    key = json.dumps([method, vars(settings), pair])
    if key in COMPILED:
        return COMPILED[key]
    names = targets(config)

    def weights(base, params):
        if method == "full":
            return {k: params["base", k] for k in base}
        p = dict(base)
        if statement:
            for layer, name in names.items():
                own = {k: v for (l, k), v in params.items() if l == layer}
                p[name] = p[name] + statement.delta(own, settings, p[name])
        return p

    def predict(base, params, ids, mask):
        head = {k: v for (part, k), v in params.items() if part == "head"}
        return outputs(weights(base, params), head, ids, mask, pair, config)

    def step(base, params, m, v, t, rates, ids, mask, labels):
        value, grads = jax.value_and_grad(lambda q: loss_of(predict(base, q, ids, mask), labels, pair))(params)
        out, m2, v2 = {}, {}, {}
        for k, w in params.items():
            m2[k] = 0.9 * m[k] + 0.1 * grads[k]
            v2[k] = 0.999 * v[k] + 0.001 * grads[k] ** 2
            out[k] = w - rates[k] * (m2[k] / (1 - 0.9 ** t)) / (jnp.sqrt(v2[k] / (1 - 0.999 ** t)) + 1e-6)
        return out, m2, v2, value

    COMPILED[key] = weights, jax.jit(step), jax.jit(predict)
    return COMPILED[key]


class Run:
    """One run; rates fall linearly over `steps`. `start` may give the engine's starting point instead of drawing one.

    @param text the method's statement, nothing for full fine-tuning and for the head alone.
    """

    def __init__(self, base, config, method, text, settings, rates, steps, examples, pair, classes, seed, start=None):
        self.steps = steps
        self.base = {k: jnp.asarray(v) for k, v in base.items()}
        self.config, self.method, self.s, self.pair = config, method, SimpleNamespace(**settings), pair
        statement = Statement(text, jax.lax.stop_gradient) if text else None
        self.names = targets(config)
        rng = np.random.default_rng(seed)
        head = initial_head(pair, config["hidden_size"], [e["label"] for e in examples], classes, rng)
        self.params = {("head", k): v for k, v in head.items()}
        if method == "full":
            self.params |= {("base", k): v for k, v in base.items()}
        common_values = {}
        if statement:
            for layer, name in self.names.items():
                factors = statement.start(NewLayer(base[name], rng, common_values), self.s)
                self.params |= {(layer, k): v for k, v in factors.items()}
        self.params = {k: jnp.asarray(v, jnp.float32) for k, v in self.params.items()}
        if start is not None:
            self.params = {k: jnp.asarray(np.reshape(start[k], v.shape), jnp.float32) for k, v in self.params.items()}
        elif "bases" in settings:
            self.initialise_bases(examples[:16 * settings["calibrationBatches"]], rng)
        own = statement.rates(self.s) if statement else {}
        rate = lambda key: rates["head"] if key[0] == "head" else rates["update"] * own.get(key[1], 1)
        self.rates = {k: rate(k) for k in self.params}
        self.m = {k: jnp.zeros_like(v) for k, v in self.params.items()}
        self.v, self.t = dict(self.m), 0
        self.weights, self.step, self.predict = compiled(method, statement, self.s, pair, config)

    def initialise_bases(self, examples, rng):
        """Outer factors from the exact SVD of the first gradient: U = [random, U_G], V = [V_G, random]."""
        ids, mask, labels = pack(examples)
        head = {k: v for (part, k), v in self.params.items() if part == "head"}
        names = list(self.names.values())
        grads = jax.grad(lambda ws: loss_of(outputs({**self.base, **ws}, head, ids, mask, self.pair, self.config), labels, self.pair))(
            {n: self.base[n] for n in names})
        h = self.s.rank // 2
        for layer, name in self.names.items():
            left, _, right = np.linalg.svd(np.asarray(grads[name], np.float64).T, full_matrices=False)
            across = lambda basis: np.linalg.qr((lambda z: z - basis @ (basis.T @ z))(rng.normal(size=(len(basis), h))))[0]
            u, v = left[:, :h], right[:h].T
            self.params[layer, "U"] = jnp.asarray(np.concatenate([across(u), u], 1), jnp.float32)
            self.params[layer, "V"] = jnp.asarray(np.concatenate([v, across(v)], 1), jnp.float32)

    def train(self, examples):
        """One step on a batch. @returns its loss before the step."""
        rates = {k: rate * (1 - self.t / self.steps) for k, rate in self.rates.items()}
        self.t += 1
        self.params, self.m, self.v, value = self.step(self.base, self.params, self.m, self.v, float(self.t), rates, *pack(examples))
        return float(value)

    def evaluate(self, examples):
        """Pearson, or accuracy."""
        out = []
        order = sorted(range(len(examples)), key=lambda i: max(len(r) for r in examples[i]["rows"]))
        for at in range(0, len(order), 50):
            ids, mask, _ = pack([examples[i] for i in order[at:at + 50]])
            out.append(np.asarray(self.predict(self.base, self.params, ids, mask)))
        out, labels = np.concatenate(out), np.array([examples[i]["label"] for i in order])
        return common.pearson(out, labels) if self.pair else float((out.argmax(-1) == labels).mean())

    def ranks(self):
        """Numerical rank (singular values above 1 % of the largest) of each layer's update."""
        if self.method == "head":
            return []
        found = []
        p = self.weights(self.base, self.params)
        for name in self.names.values():
            values = np.linalg.svd(np.asarray(p[name] - self.base[name], np.float64), compute_uv=False)
            found.append(int((values > 0.01 * values[0]).sum()))
        return found
