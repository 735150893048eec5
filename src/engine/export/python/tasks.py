# ---- Tasks: each says how rows become examples, what is put on top of the network, and what is measured ----


class SentenceTask:
    """An example a row, and a new output layer on what is seen of its one or two sentences."""

    label_type = torch.long
    per_token = False

    def __init__(self):
        has_pairs = "second" in TASK["columns"]
        self.packed = has_pairs and RUN.pairing == "packed"
        self.towers = has_pairs and not self.packed

    def network_type(self, config):
        """Class to load the network with, and what PEFT calls such a task."""
        return AutoModel, "FEATURE_EXTRACTION"

    def encode(self, rows, encoder, training):
        rows = subset(rows) if training else rows[:RUN.validationRows]
        return [self.example(row, lambda *texts: encoder.encode(*texts, most=RUN.maxTokens)) for row in rows]

    def example(self, row, encode):
        texts = [row["text"], row["second"]] if "second" in row else [row["text"]]
        rows = [encode(text) for text in texts] if self.towers else [encode(*texts)]
        return Example(rows, [self.label(row["label"])], [1])

    def features(self, experiment, batch):
        """The sentence vector of a text, the pooler's of a packed pair, or [u*v, |u-v|, cos(u, v)] of two sentences."""
        if self.packed:
            return experiment.dropped(experiment.network(batch).pooler_output.float())
        if not self.towers:
            return experiment.dropped(experiment.sentences(batch))
        u, v = experiment.sentences(batch).chunk(2)
        norms = (u.norm(dim=-1) * v.norm(dim=-1)).clamp_min(1e-30)
        return torch.cat([u * v, (u - v).abs(), ((u * v).sum(-1) / norms)[:, None]], -1)

    def feature_width(self, width):
        if self.packed:
            return width
        vector = len(SETTINGS["pooling"]) * width
        return 2 * vector + 1 if self.towers else vector


class Regression(SentenceTask):
    """A score by squared error."""

    label_type = torch.float32

    def label(self, written):
        return number(written, *TASK["range"])

    def head(self, width, examples):
        width, mean = self.feature_width(width), sum(e.labels[0] for e in examples) / len(examples)
        low, high = TASK["range"]
        if not self.towers:
            return {"weight": 0.02 * RandomStream(STREAMS["head"]).normals(1, width), "bias": np.array([mean])}
        # Only the cosine speaks at first, spread over half of the range around the mean.
        weight = np.zeros((1, width))
        weight[0, -1] = (high - low) / 2
        return {"weight": weight, "bias": np.array([mean - (high - low) / 4])}

    def outputs(self, experiment, batch):
        scores = experiment.scores(self.features(experiment, batch))
        return scores, (scores[:, 0] - batch.labels) ** 2

    def metrics(self, outputs, labels, loss):
        scores = outputs[:, 0]
        return {"pearson": pearson(scores, labels), "spearman": pearson(ranks(scores), ranks(labels)), "loss": loss}


class Classification(SentenceTask):
    """One of a few classes by cross-entropy on a linear layer."""

    def label(self, written):
        classes = TASK["classes"]
        return classes.index(written) if written in classes else int(number(written, 0, len(classes) - 1))

    def head(self, width, examples):
        classes, width = len(TASK["classes"]), self.feature_width(width)
        return {"weight": 0.02 * RandomStream(STREAMS["head"]).normals(classes, width), "bias": np.zeros(classes)}

    def outputs(self, experiment, batch):
        logits = experiment.scores(self.features(experiment, batch))
        return logits, F.cross_entropy(logits, batch.labels, reduction="none")

    def metrics(self, outputs, labels, loss):
        guesses = outputs.argmax(-1)
        hits = [((guesses == c) & (labels == c)).sum() for c in range(len(TASK["classes"]))]
        seen = [(guesses == c).sum() + (labels == c).sum() for c in range(len(TASK["classes"]))]
        f1 = np.mean([2 * hit / max(1, count) for hit, count in zip(hits, seen)])
        return {"accuracy": float((guesses == labels).mean()), "macroF1": float(f1), "loss": loss}


class LanguageModelling:
    """The next token at every position; all texts are one line each of a whole that is cut into windows."""

    label_type, per_token, packed = torch.long, True, False

    def network_type(self, config):
        return AutoModelForCausalLM, "CAUSAL_LM"

    def encode(self, rows, encoder, training):
        ids, _ = encoder.encode("\n".join(row["text"] for row in rows))
        windows = []
        for start in range(0, len(ids) - 1, RUN.maxTokens):
            inputs = ids[start:min(start + RUN.maxTokens, len(ids) - 1)]
            labels = ids[start + 1:start + 1 + len(inputs)]
            windows.append(Example([(inputs, [0] * len(inputs))], labels, [1] * len(labels)))
        # The last window is short; a subset of whole ones is all of one length.
        return subset(windows[:max(1, len(windows) - 1)]) if training else windows[:RUN.validationRows]

    def head(self, width, examples):
        return {}

    def outputs(self, experiment, batch):
        logits = experiment.network(batch).logits.float()
        return None, F.cross_entropy(logits.flatten(0, 1), batch.labels, reduction="none")

    def metrics(self, outputs, labels, loss):
        return {"perplexity": math.exp(loss), "loss": loss}


class Completion:
    """The tokens of a completion and its end, each from the prompt and the right ones before it."""

    label_type, per_token, packed = torch.long, True, False

    def network_type(self, config):
        apart = getattr(config, "is_encoder_decoder", False)
        return (AutoModelForSeq2SeqLM, "SEQ_2_SEQ_LM") if apart else (AutoModelForCausalLM, "CAUSAL_LM")

    def encode(self, rows, encoder, training):
        rows = subset(rows) if training else rows[:RUN.validationRows]
        side = self.one_row if encoder.decoder_start is None else self.two_sides
        return [side(row["text"], row["second"], encoder) for row in rows]

    def one_row(self, prompt, completion, encoder):
        """A decoder reads "prompt, new line, completion"; where that is too long, the longer of both is cut first."""
        between, end = encoder.bare("\n"), [] if encoder.end is None else [encoder.end]
        prompt, completion = encoder.encode(prompt)[0], encoder.bare(completion)
        # Every token is read but the last, which is only predicted.
        room = RUN.maxTokens + 1 - len(between) - len(end)
        kept_after = min(len(completion), max(room - len(prompt), room // 2))
        start = prompt[:room - kept_after] + between
        whole = start + completion[:kept_after] + (end if kept_after == len(completion) else [])
        weights = [0] * (len(start) - 1) + [1] * (len(whole) - len(start))
        return Example([(whole[:-1], [0] * (len(whole) - 1))], whole[1:], weights)

    def two_sides(self, prompt, completion, encoder):
        """An encoder reads the prompt; its decoder has at every position what should stand before it."""
        end = [] if encoder.end is None else [encoder.end]
        ids, most = encoder.bare(completion), RUN.maxTokens - len(end)
        labels = ids[:most] + (end if len(ids) <= most else [])
        decoder = [encoder.decoder_start, *labels[:-1]]
        return Example([encoder.encode(prompt, most=RUN.maxTokens)], labels, [1] * len(labels), decoder)

    def head(self, width, examples):
        return {}

    def outputs(self, experiment, batch):
        """Of every example: tokens that are right, and all tokens."""
        logits = experiment.network(batch).logits.float()
        losses = F.cross_entropy(logits.flatten(0, 1), batch.labels, reduction="none")
        counted = batch.weights.view(len(logits), -1)
        right = (logits.argmax(-1) == batch.labels.view(len(logits), -1)) * counted
        return torch.stack([right.sum(1), counted.sum(1)], 1), losses

    def metrics(self, outputs, labels, loss):
        right, counted = outputs.T
        shares = {"tokenAccuracy": right.sum() / counted.sum(), "exactMatch": (right == counted).mean()}
        return {"perplexity": math.exp(loss), **{name: float(share) for name, share in shares.items()}, "loss": loss}


# Another kind of task is one more class with the same members, and a line here.
TASKS = {
    "regression": Regression,
    "classification": Classification,
    "language-modelling": LanguageModelling,
    "completion": Completion,
}


def subset(examples):
    """The few-shot subset: those of one seed are nested."""
    order = RandomStream(STREAMS["subset"]).permutation(len(examples))
    return [examples[i] for i in (order if RUN.shots == "all" else order[:int(RUN.shots)])]


def number(label, low, high):
    try:
        value = float(label)
    except ValueError:
        value = math.nan
    return value if low <= value <= high else fail(f"the label {label!r} is no number from {low} to {high}")


def pearson(a, b):
    a, b = a - a.mean(), b - b.mean()
    scale = math.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / scale) if scale > 0 else 0.0


def ranks(values):
    """Equal values share their mean rank."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]
