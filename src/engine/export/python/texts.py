# ---- Texts ----


class Example(NamedTuple):
    rows: list  # (ids, segments) of a text or packed pair; two of them where sentences are read apart
    labels: list  # one, or where tokens are predicted the next one of every position
    weights: list  # how much each label counts
    decoder: list = []  # what the decoder of an encoder-decoder reads


def read_rows(path):
    """The columns that the settings name, as dictionaries; a .txt file has a text a line."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        text = file.read()
    lines = text.replace("\r\n", "\n").split("\n")
    kind = os.path.splitext(path)[1]
    if kind == ".txt":
        return [{"text": line} for line in lines if line.strip()]
    if kind == ".jsonl":
        table = [json.loads(line) for line in lines if line.strip()]
    elif kind in (".csv", ".tsv"):
        quoted = csv.reader(io.StringIO(text, newline=""))
        cells = [row for row in (quoted if kind == ".csv" else (line.split("\t") for line in lines)) if any(row)]
        table = [dict(zip(cells[0], row)) for row in cells[1:]]
    else:
        fail(f"{path} is neither .tsv, .csv, .jsonl nor .txt")
    columns = TASK["columns"]
    for number, row in enumerate(table, 1):
        missing = [name for name in columns.values() if row.get(name) is None]
        if missing:
            fail(f"{path}, row {number}: there is no {', '.join(missing)}; the columns are {', '.join(row)}")
    return [{part: row[name] for part, name in columns.items()} for row in table]


class TextEncoder:
    """tokenizer.json, with the rule by which Rankscope cuts texts that are too long."""

    def __init__(self, model, revision, config):
        file = cached_file(model, "tokenizer.json", revision=revision)
        self.tokenizer = Tokenizer.from_file(file)
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        end = getattr(config, "eos_token_id", None)
        self.end = self.first_of(end[0] if isinstance(end, list) else end, "<|endoftext|>", "</s>")
        self.pad = self.first_of(getattr(config, "pad_token_id", None), "[PAD]", "<pad>") or 0
        # Stands for a text without any token.
        self.unknown = self.first_of("[UNK]", "<unk>", self.end) or 0
        # What a decoder begins with, where it is apart from what reads the prompt.
        self.decoder_start = None
        if getattr(config, "is_encoder_decoder", False):
            start = getattr(config, "decoder_start_token_id", None)
            self.decoder_start = self.pad if start is None else start

    def first_of(self, *tokens):
        ids = (self.tokenizer.token_to_id(token) if isinstance(token, str) else token for token in tokens)
        return next((i for i in ids if i is not None), None)

    def bare(self, text):
        """Ids of a text inside a longer one."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids) or [self.unknown]

    def encode(self, text, second=None, most=None):
        """(ids, segments), special tokens included."""
        pieces = [self.tokenizer.encode(t, add_special_tokens=False) for t in (text, second) if t is not None]
        if most is not None:
            room = most - self.tokenizer.num_special_tokens_to_add(len(pieces) == 2)
            lengths = kept(*(len(p.ids) for p in pieces), *[0] * (2 - len(pieces)), room)
            for piece, length in zip(pieces, lengths):
                piece.truncate(length)
        whole = self.tokenizer.post_process(*pieces)
        return (list(whole.ids), list(whole.type_ids)) if whole.ids else ([self.unknown], [0])


def kept(first, second, room):
    """Tokens of two texts that stay: the longer one is cut first, then both alike."""
    if first + second <= room:
        return first, second
    shorter = min(first, second, room // 2)
    return (room - shorter, shorter) if first > second else (shorter, room - shorter)


def padded_length(lists):
    return -(-max(map(len, lists)) // 8) * 8


class Batcher:
    """Makes padded batches of examples."""

    def __init__(self, task, encoder, device):
        self.task, self.pad, self.device = task, encoder.pad, device

    def collate(self, examples, counts=True):
        """With two rows an example, first rows of all examples come before second ones.

        @param counts False makes all weights zero: such a batch only keeps a process in step with the others.
        """
        rows = [example.rows[side] for side in range(len(examples[0].rows)) for example in examples]
        length = padded_length(ids for ids, _ in rows)
        # A row may have more tokens than labels only where a decoder has the labels.
        places = padded_length(example.labels for example in examples) if self.task.per_token else 1
        weights = [[weight * counts for weight in example.weights] for example in examples]
        decoder = [example.decoder for example in examples if example.decoder]
        return SimpleNamespace(
            decoder=self.padded(decoder, places, self.pad) if decoder else None,
            decoder_mask=self.padded([[1] * len(ids) for ids in decoder], places) if decoder else None,
            ids=self.padded([ids for ids, _ in rows], length, self.pad),
            mask=self.padded([[1] * len(ids) for ids, _ in rows], length),
            segments=self.padded([segments for _, segments in rows], length),
            labels=self.padded([example.labels for example in examples], places, kind=self.task.label_type).view(-1),
            weights=self.padded(weights, places, kind=torch.float32).view(-1),
        )

    def portions(self, examples, size, rank=0, world=1):
        """A process's share of a batch, in pieces of at most `size`; every process has equally many.

        @returns each piece with the weight of all labels in the whole batch.
        """
        own = examples[rank::world]
        total = sum(sum(example.weights) for example in examples)
        for start in range(0, -(-len(examples) // world), size):
            piece = own[start:start + size]
            yield self.collate(piece or examples[:1], counts=bool(piece)), total

    def padded(self, lists, length, fill=0, kind=torch.long):
        full = [values + [fill] * (length - len(values)) for values in lists]
        return torch.tensor(full, dtype=kind, device=self.device)
