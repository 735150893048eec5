"""pd-bert: vocabulary, token ids, clusters and batches."""
import glob
import os

import common
from common import np
from pd_bert_model import CLS, CONFIG, SEP, SPECIAL

SINGLE = {12: 256, 16: 192, 20: 160, 24: 128, 32: 96, 48: 64, 64: 48}  # length: batch
PAIR = {32: 96, 48: 64, 64: 48}


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
