"""Holds the verdicts on damaged safetensors files against those of the format's own reader (in Rust).

    pip install safetensors==0.8.0 numpy
    npm run fuzz -- --target safetensors --seed 1 --inputs 20000 --dump inputs
    node tools/run.mjs tools/fuzz/verdicts.ts inputs > verdicts.jsonl
    python tools/fuzz/reference.py inputs verdicts.jsonl

prints how often the two agree, and each kind of disagreement with an example. Ours is stricter on purpose where a key comes
twice, the header does not start with a brace, an entry is a list, or a number is over 2^53; it may never be laxer.
"""

import collections
import json
import sys
from pathlib import Path

from safetensors import deserialize


def main(folder, verdicts):
    counts, examples, laxer = collections.Counter(), {}, 0
    for line in Path(verdicts).read_text().splitlines():
        verdict = json.loads(line)
        try:
            deserialize((Path(folder) / verdict["file"]).read_bytes())
            reference = "accepted"
        except Exception as error:  # The reader raises one class for all, and others where it panics.
            reference = f"refused ({str(error).split(':')[0][:60]})"
        ours = verdict["code"] or "accepted"
        if (ours == "accepted") == (reference == "accepted"):
            counts["agree"] += 1
            continue
        laxer += ours == "accepted"
        kind = f"ours {ours}, reference {reference}"
        counts[kind] += 1
        examples.setdefault(kind, verdict["file"])
    for kind, count in counts.most_common():
        print(f"{count:7} {kind} {examples.get(kind, '')}")
    return 1 if laxer else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
