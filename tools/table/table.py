"""Sweeps learning rates, trains every run of plan.ts and writes the tables of docs/results.md.

    node tools/run.mjs tools/table/export.ts DATA.json
    python tools/table/table.py DATA.json MODEL TASK RESULTS.json [SEED …]     MODEL: public/models/pd-bert; resumes from RESULTS.json
    python tools/table/table.py --print RESULTS.json …

Half an hour to an hour on one core for each of the two tasks. Needs tools/pretrain/requirements.txt.
"""
import json
import os
import statistics
import sys

import twin
from twin import common, np

NAMES = {"head": "Head only", "lora": "LoRA r = 8", "deep-lora-narrow": "Deep LoRA narrow r = 8",
         "deep-lora-compressed": "Deep LoRA compressed r = 8", "full": "Full fine-tuning"}
CLASSES = 4


def run(data, base, config, task, shots, method, rate, seed):
    plan, own = data["plan"], data["tasks"][task]
    seeded, spec = own["seeds"][str(seed)], plan["methods"][method]
    examples = seeded["training"][:shots]
    rates = {"update": rate, "head": rate if method == "head" else plan["headLearningRates"][task]}
    text = data["statements"].get(method)
    trained = twin.Run(base, config, method, text, spec["settings"], rates, plan["common"]["steps"], examples, task == "verse-sts", CLASSES, seed)
    for batch in seeded["batches"][str(shots)]:
        loss = trained.train([examples[i] for i in batch])
    ranks = trained.ranks()
    return {"task": task, "shots": shots, "method": method, "rate": rate, "seed": seed, "loss": loss,
            "metric": trained.evaluate(own["validation"]), "rank": statistics.median(ranks) if ranks else 0}


def save(path, done):
    """One run a line, so that a difference between two results can be read."""
    rows = lambda part: ",\n".join(json.dumps(r) for r in done[part])
    with open(path + ".part", "w") as f:
        f.write('{"plan": %s,\n"sweep": [\n%s\n],\n"runs": [\n%s\n]}\n' % (json.dumps(done["plan"]), rows("sweep"), rows("runs")))
    os.replace(path + ".part", path)


def main(data_path, model, task, results_path, *seeds):
    data, config = json.load(open(data_path)), json.load(open(model + "/config.json"))
    base, plan = common.load_safetensors(model + "/model.safetensors"), data["plan"]
    done = json.load(open(results_path)) if os.path.exists(results_path) else {"sweep": [], "runs": []}
    done["plan"] = plan

    def ensure(part, *key):
        known = [r for r in done[part] if (r["task"], r["shots"], r["method"], r["rate"], r["seed"]) == key]
        if not known:
            known = [run(data, base, config, *key)]
            done[part] += known
            save(results_path, done)
            print(part, json.dumps(known[0]), flush=True)
        return known[0]

    best = {}
    for shots in plan["shots"][task]:
        for method, spec in plan["methods"].items():
            tried = [ensure("sweep", task, shots, method, rate, plan["sweepSeed"]) for rate in spec["learningRates"]]
            best[shots, method] = max(tried, key=lambda r: r["metric"])["rate"]
    done["runs"] = [r for r in done["runs"] if r["rate"] == best[r["shots"], r["method"]]]  # of an earlier sweep
    for seed in map(int, seeds) if seeds else plan["seeds"]:
        for shots in plan["shots"][task]:
            for method in plan["methods"]:
                ensure("runs", task, shots, method, best[shots, method], seed)


def show(*results_paths):
    for path in results_paths:
        done = json.load(open(path))
        plan, task = done["plan"], done["runs"][0]["task"]
        sizes = plan["shots"][task]
        metric = "Pearson" if task == "verse-sts" else "accuracy"
        print(f"\n**{task}** ({metric} on {plan['common']['validationRows']} validation rows; in brackets learning rate, median rank)\n")
        print("| method | " + " | ".join(f"{n} shots" for n in sizes) + " |\n|---|" + "---|" * len(sizes))
        for method in plan["methods"]:
            print(f"| {NAMES[method]} | " + " | ".join(cell([r for r in done["runs"] if (r["method"], r["shots"]) == (method, shots)])
                                                       for shots in sizes) + " |")


def cell(runs):
    """Mean ± standard deviation over seeds, then the rate that the sweep chose and the median rank of a layer's update."""
    if len(runs) < 2:
        return "–"
    values, rank = [r["metric"] for r in runs], statistics.median(r["rank"] for r in runs)
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f} ({runs[0]['rate']:g}" + (f", {rank:g})" if rank else ")")


if __name__ == "__main__":
    show(*sys.argv[2:]) if sys.argv[1] == "--print" else main(*sys.argv[1:])
