"""Plain modern sentences from templates and WordNet words, for the teacher to embed.

The public-domain prose is old; captions, headlines and questions are not in it. Each group of four lines shares a
template family and differs in one or two words or in wording, so that the teacher's judgement of small changes is
learnt too. WordNet's own verb example frames are added.

    templates.py WORK OUT.tsv [groups]     WORK: folder of tools/data/build.py --fetch
"""
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data"))
import sources

NOUNS = {"P": {18}, "N": {5}, "A": {6}, "F": {13}, "O": {17, 20}, "B": {8}, "E": {11, 4}, "G": {14}, "T": {9, 10, 12, 26}}
VERBS = {"V": {35, 34, 36, 38, 39, 40}, "S": {31, 32, 33, 37, 40, 41}}  # physical, social
FAMILIES = [
    ["a {P} is {V-ing} a {A}", "the {P} is {V-ing} the {A}", "a {A} is being {V-ed} by a {P}", "a {P} {V-s} a {A}"],
    ["a {P} is {V-ing} {F}", "someone is {V-ing} {F}", "the {F} is being {V-ed} by the {P}"],
    ["a {J} {N} is {I-ing} on the {O}", "the {N} is {I-ing} near a {O}", "a {N} {I-s} on a {J} {O}"],
    ["two {P}s are {I-ing} in a {A}", "two {P}s {I} in the {A}", "three {P}s are {I-ing} near the {A}"],
    ["a {P} and a {Q} are {I-ing}", "the {P} and the {Q} are {I-ing} together", "a {P} is {I-ing} with a {Q}"],
    ["a {J} {A} sits on a {O}", "a {A} and a {J} {O}", "there is a {J} {A} next to the {O}"],
    ["a {P} in a {J} {A} is {I-ing}", "a {P} with a {A} is {I-ing}", "a {P} is not {I-ing} in the {A}"],
    ["a {N} is {V-ing} its {B}", "the {N} {V-s} its {B}", "a {N} is {V-ing} a {M}"],
    ["{C} {P}s {S} {E} in {D}", "{P}s from {C} {S} the {E} in {D}", "{C} and {D} {S} over {E}"],
    ["{C} {G} {S-s} {E}", "the {G} in {C} {S-ed} the {E}", "{G} to {S} {E}, says {C} {P}"],
    ["{K} {P}s killed in {C} {E}", "{E} kills {K} {P}s in {C}", "at least {K} die in {C} {E}"],
    ["{P} {S-s} {T} of {C} {E}", "the {P} {S-ed} the {T} of the {E} in {C}", "{C} {P}: {E} is {J}"],
    ["how do I {V} a {A}?", "what is the best way to {V} a {A}?", "you should {V} the {A}.", "why would you {V} a {A}?"],
    ["you do not need to {S} the {T}.", "you need to {S} your {T}.", "I would {S} the {T} if I were you.",
     "do I have to {S} the {T}?"],
    ["it is {J} to {S} a {P}.", "it is not {J} to {S} a {P}.", "is it {J} to {S} a {P}?", "I think {S-ing} a {P} is {J}."],
    ["the {G} said the {E} would {S} {K} percent of its {T}.", "the {G} {S-ed} {K} percent of the {T} after the {E}.",
     "{K} percent of the {T} was {S-ed}, the {G} said."],
    ["the {P} {V-ed} the {A} on Monday.", "on Monday the {P} {V-ed} the {A}.", "the {A} was {V-ed} by the {P} on Friday."],
    ["my {P} has a {J} {A}.", "the {A} of my {P} is {J}.", "my {P} does not have a {A}."],
]
NUMBERS = ["two", "three", "four", "five", "six", "seven", "10", "12", "15", "20", "25", "30", "50", "100"]


class Inflector:
    """English -ing, -ed and -s forms: WordNet's exception list first, then spelling rules."""

    def __init__(self, work):
        self.ing, self.ed = {}, {}
        for line in open(work + "/wordnet-base/usr/share/wordnet/verb.exc"):
            form, lemma = line.split()[:2]
            (self.ing if form.endswith("ing") else self.ed).setdefault(lemma, form)

    def __call__(self, verb, form):
        if form == "s":
            if re.search(r"[^aeiou]y$", verb):
                return verb[:-1] + "ies"
            return verb + ("es" if re.search(r"(s|x|z|ch|sh|o)$", verb) else "s")
        table = self.ing if form == "ing" else self.ed
        if verb in table:
            return table[verb]
        if form == "ed" and re.search(r"[^aeiou]y$", verb):
            return verb[:-1] + "ied"
        stem = verb[:-1] if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) else verb
        return stem + form


def vocabulary(work):
    """{slot: (words, weights)}; frequent words (WordNet's concordance) are drawn more often."""
    seen = sources.common_lemmas(work)
    words = {}

    def add(slot, word, pos):
        if re.fullmatch(r"[a-z]{3,11}", word) or (slot in "CD" and re.fullmatch(r"[A-Z][a-z]{3,11}", word)):
            words.setdefault(slot, {})[word] = 0.05 + seen.get((word.lower(), pos), 0) ** 0.5
    done = set()
    for s in sources.wordnet(work):
        for word in s.lemmas:
            first = (word, s.pos) not in done or (word.lower(), s.pos) in seen
            done.add((word, s.pos))
            if not first:
                continue
            if s.pos == "noun":
                for slot, files in NOUNS.items():
                    if s.lexfile in files:
                        add(slot, word, "noun")
                if s.lexfile == 15 and word[0].isupper():
                    add("C", word, "noun")
            elif s.pos == "verb":
                for slot, files in VERBS.items():
                    if s.lexfile in files and s.frames & {8, 9, 11}:
                        add(slot, word, "verb")
                if s.lexfile in {29, 38, 39, 35} and s.frames & {1, 2}:
                    add("I", word, "verb")
            elif s.pos == "adj":
                add("J", word, "adj")
    for alias, slot in (("Q", "P"), ("M", "N"), ("D", "C")):
        words[alias] = words[slot]
    return {k: (list(v), list(v.values())) for k, v in words.items()}


def groups(work, count, rnd):
    """`count` groups of four sentences each."""
    inflect, vocab = Inflector(work), vocabulary(work)

    def draw(slot):
        return rnd.choice(NUMBERS) if slot == "K" else rnd.choices(*vocab[slot])[0]

    def fill(template, words):
        def sub(m):
            slot, form = m.group(1), m.group(2)
            return inflect(words[slot], form) if form else words[slot]
        text = re.sub(r"\{([A-Z])(?:-(\w+))?\}", sub, template)
        text = re.sub(r"\b(a|A) (?=[aeiou])", r"\1n ", text)
        return text[0].upper() + text[1:] if rnd.random() < 0.8 else text
    for _ in range(count):
        family = rnd.choice(FAMILIES)
        slots = sorted({s for t in family for s in re.findall(r"\{([A-Z])", t)})
        base = {s: draw(s) for s in slots}
        first = rnd.choice(family)
        yield fill(first, base)
        for kind in range(3):
            words, template = dict(base), first if kind == 0 else rnd.choice(family)
            used = re.findall(r"\{([A-Z])", template)
            for s in rnd.sample(used, min(kind if kind else 1, len(used))):
                words[s] = draw(s)
            yield fill(template, words)


def verb_frames(work):
    """WordNet's example sentences for verbs ('The chefs %s the vegetables')."""
    base = work + "/wordnet-base/usr/share/wordnet/"
    frames = dict(line.rstrip().split(" ", 1) for line in open(base + "sents.vrb"))
    for line in open(base + "sentidx.vrb"):
        key, _, numbers = line.strip().partition(" ")
        for n in filter(None, numbers.split(",")):
            verb = key.split("%")[0].replace("_", " ")
            yield re.sub(r"\s+", " ", frames[n].replace("%s", verb)).strip()


if __name__ == "__main__":
    source, target = sys.argv[1:3]
    lines = list(groups(source, int(sys.argv[3]) if len(sys.argv) > 3 else 25000, random.Random(5)))
    with open(target, "w") as f:
        f.write("source\tsentence\n")
        f.writelines(f"template\t{s}\n" for s in lines)
        f.writelines(f"verb-frame\t{s}\n" for s in dict.fromkeys(verb_frames(source)))
