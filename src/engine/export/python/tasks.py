# ---- Tasks: each says how rows become examples, what is put on top of the network, and what is measured ----


class SentenceTask:
    """An example a row, and a new output layer."""

    pretrained, peft_type, label_type = AutoModel, "FEATURE_EXTRACTION", torch.long
    per_token = packed = False

    def encode(self, rows, encoder, training):
        rows = subset(rows) if training else rows[:RUN.validationRows]
        return [self.example(row, lambda *texts: encoder.encode(*texts, most=RUN.maxTokens)) for row in rows]


class Regression(SentenceTask):
    """A score by squared error: of two sentence vectors, by [u*v, |u-v|, cos(u, v)], or of a packed pair's pooler."""

    label_type = torch.float32

    def __init__(self):
        self.packed = RUN.pairing == "packed" or "second" not in TASK["columns"]

    def example(self, row, encode):
        texts = [row["text"], row["second"]] if "second" in row else [row["text"]]
        rows = [encode(*texts)] if self.packed else [encode(text) for text in texts]
        return Example(rows, [number(row["label"], *TASK["range"])])

    def head(self, width, examples):
        mean = sum(e.labels[0] for e in examples) / len(examples)
        low, high = TASK["range"]
        if self.packed:
            return {"weight": 0.02 * RandomStream("head").normals(1, width), "bias": np.array([mean])}
        # Only the cosine speaks at first, spread over half of the range around the mean.
        weight = np.zeros((1, 2 * width + 1))
        weight[0, -1] = (high - low) / 2
        return {"weight": weight, "bias": np.array([mean - (high - low) / 4])}

    def outputs(self, experiment, batch):
        if self.packed:
            features = experiment.dropped(experiment.network(batch).pooler_output.float())
        else:
            u, v = experiment.sentences(batch).chunk(2)
            norms = (u.norm(dim=-1) * v.norm(dim=-1)).clamp_min(1e-30)
            features = torch.cat([u * v, (u - v).abs(), ((u * v).sum(-1) / norms)[:, None]], -1)
        scores = experiment.scores(features)
        return scores, (scores[:, 0] - batch.labels) ** 2

    def metrics(self, outputs, labels, loss):
        scores = outputs[:, 0]
        return {"pearson": pearson(scores, labels), "spearman": pearson(ranks(scores), ranks(labels)), "loss": loss}


class Classification(SentenceTask):
    """One of a few classes by cross-entropy on a linear layer over the sentence vector."""

    def example(self, row, encode):
        label, classes = row["label"], TASK["classes"]
        place = classes.index(label) if label in classes else int(number(label, 0, len(classes) - 1))
        return Example([encode(row["text"])], [place])

    def head(self, width, examples):
        classes = len(TASK["classes"])
        return {"weight": 0.02 * RandomStream("head").normals(classes, width), "bias": np.zeros(classes)}

    def outputs(self, experiment, batch):
        logits = experiment.scores(experiment.dropped(experiment.sentences(batch)))
        return logits, F.cross_entropy(logits, batch.labels, reduction="none")

    def metrics(self, outputs, labels, loss):
        guesses = outputs.argmax(-1)
        hits = [((guesses == c) & (labels == c)).sum() for c in range(len(TASK["classes"]))]
        seen = [(guesses == c).sum() + (labels == c).sum() for c in range(len(TASK["classes"]))]
        f1 = np.mean([2 * hit / max(1, count) for hit, count in zip(hits, seen)])
        return {"accuracy": float((guesses == labels).mean()), "macroF1": float(f1), "loss": loss}


class LanguageModelling:
    """The next token at every position; all texts are one line each of a whole that is cut into windows."""

    pretrained, peft_type, label_type = AutoModelForCausalLM, "CAUSAL_LM", torch.long
    per_token, packed = True, False

    def encode(self, rows, encoder, training):
        ids, _ = encoder.encode("\n".join(row["text"] for row in rows))
        windows = []
        for start in range(0, len(ids) - 1, RUN.maxTokens):
            inputs = ids[start:min(start + RUN.maxTokens, len(ids) - 1)]
            windows.append(Example([(inputs, [0] * len(inputs))], ids[start + 1:start + 1 + len(inputs)]))
        # The last window is short; a subset of whole ones is all of one length.
        return subset(windows[:max(1, len(windows) - 1)]) if training else windows[:RUN.validationRows]

    def head(self, width, examples):
        return {}

    def outputs(self, experiment, batch):
        logits = experiment.network(batch).logits.float()
        return None, F.cross_entropy(logits.flatten(0, 1), batch.labels, reduction="none")

    def metrics(self, outputs, labels, loss):
        return {"perplexity": math.exp(loss), "loss": loss}


# Another kind of task is one more class with the same members, and a line here.
TASKS = {"regression": Regression, "classification": Classification, "language-modelling": LanguageModelling}


def subset(examples):
    """The few-shot subset: those of one seed are nested."""
    order = RandomStream("subset").permutation(len(examples))
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
