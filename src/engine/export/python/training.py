# ---- Training ----


def setting_at(name, step):
    """A setting at a step counted from 0, where it may have changed while the run trained."""
    value = getattr(RUN, name)
    for change in filter(None, RUN.changes.split(",")):
        start, changed, to = re.split("[:=]", change)
        value = float(to) if changed == name and int(start) <= step else value
    return value


def learning_rate(step, steps):
    """Of a step counted from 0: linear warm-up, then the schedule, which reaches 0 one step after the last."""
    peak, warm = setting_at("learningRate", step), RUN.warmupSteps
    if step < warm:
        return peak * (step + 1) / (warm + 1)
    progress = min(1, (step - warm) / max(1, steps - warm))
    falling = {"constant": 1, "linear": 1 - progress, "cosine": (1 + math.cos(math.pi * progress)) / 2}
    return peak * falling[RUN.schedule]


def evaluate(experiment, batcher, examples, accelerator):
    """The task's metrics on the validation examples, which the processes share."""
    experiment.eval()
    order = sorted(range(len(examples)), key=lambda i: max(len(ids) for ids, _ in examples[i].rows))
    own, results = order[accelerator.process_index::accelerator.num_processes], []
    with torch.no_grad():
        for start in range(0, len(own), VALIDATION_BATCH):
            numbers = own[start:start + VALIDATION_BATCH]
            batch = batcher.collate([examples[i] for i in numbers])
            outputs, losses = experiment(batch)
            loss, weight = (losses * batch.weights).sum().item(), batch.weights.sum().item()
            results.append((numbers, None if outputs is None else outputs.float().cpu().numpy(), loss, weight))
    results = gather_object(results)
    loss = sum(r[2] for r in results) / sum(r[3] for r in results)
    if results[0][1] is None:
        return batcher.task.metrics(None, None, loss)
    labels = np.array([examples[i].labels[0] for r in results for i in r[0]])
    return batcher.task.metrics(np.concatenate([r[1] for r in results]), labels, loss)


def arguments():
    hub = SETTINGS["hub"] or {"id": None, "revision": None}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=hub["id"], required=hub["id"] is None, help="folder or id of a checkpoint")
    parser.add_argument("--revision", default=hub["revision"], help="of a checkpoint from the hub")
    own = [os.path.join(os.path.dirname(os.path.abspath(__file__)), file["name"]) for file in SETTINGS["data"]]
    parser.add_argument("--data", nargs="+", metavar="FILE", required=not own, default=own,
                        help="for training, then for validation")
    parser.add_argument("--other-data", action="store_true", help="allow other data than the experiment's own")
    parser.add_argument("--steps", type=int, default=RUN.steps, help="length of the run and of its schedule")
    parser.add_argument("--out", default="out")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"], help="of frozen weights")
    parser.add_argument("--piece", type=int, default=RUN.batchSize // RUN.accumulationSteps,
                        help="examples that a process takes at once; their gradients add up to the whole batch's")
    args = parser.parse_args()
    if SETTINGS["trains"] == "weights" and args.dtype != "float32":
        fail("weights that are trained stay float32; for mixed precision there is accelerate launch --mixed_precision")
    return args


def check_data(args):
    """Custom data lies beside this file; what was changed since is another experiment."""
    for path, file in zip(args.data, SETTINGS["data"]):
        if not os.path.exists(path):
            fail(f"{path} is missing; it came in one zip with this program, so unpack both into one folder")
        with open(path, "rb") as content:
            found = hashlib.sha256(content.read()).hexdigest()
        if found != file["sha256"] and not args.other_data:
            fail(f"{path} is not the experiment's {file['name']}: its SHA-256 is {found[:16]}..., not "
                 f"{file['sha256'][:16]}...; to train on other data, say --other-data")


def prepare(args, device):
    """The experiment before its first step, and what it reads."""
    check_data(args)
    task = TASKS[TASK["kind"]]()
    network = load_network(task, args.model, args.revision, args.dtype)
    encoder = TextEncoder(args.model, args.revision, network.config)
    training = task.encode(read_rows(args.data[0]), encoder, training=True)
    validation = task.encode(read_rows(args.data[1]), encoder, training=False) if len(args.data) > 1 else []
    batcher = Batcher(task, encoder, device)
    experiment = Experiment(task, network, task.head(network.config.hidden_size, training)).to(device)
    if SETTINGS["trains"] == "updates":
        paths, common = target_paths(network), {}
        layers = [network.get_submodule(path) for path in paths]
        experiment.updates.extend(Update(path, layer, i, common) for i, (path, layer) in enumerate(zip(paths, layers)))
        if SETTINGS["bases"]:
            count = min(len(training), RUN.batchSize * OWN.calibrationBatches)
            first = [training[i] for i in batch_positions(len(training), count, 0)]
            initialise_bases(experiment, layers, batcher.portions(first, args.piece))
        for update, layer in zip(experiment.updates, layers):
            layer.register_forward_hook(update)
    return experiment.to(device), batcher, training, validation


def main():
    args = arguments()
    accelerator = Accelerator()
    rank, world = accelerator.process_index, accelerator.num_processes
    torch.manual_seed(RUN.seed + rank)
    experiment, batcher, training, validation = prepare(args, accelerator.device)
    groups = experiment.groups()
    optimizer = optimizer_of(groups, RUN, experiment)
    trained = [p for group in groups for p in group["params"]]
    learnt, processes = sum(p.numel() for p in trained), f"{world} process{'es' if world > 1 else ''}"
    accelerator.print(f"{learnt:,} parameters learn from {len(training):,} examples in {processes}")
    model, optimizer = accelerator.prepare(experiment, optimizer)

    log = None
    if accelerator.is_main_process:
        os.makedirs(args.out, exist_ok=True)
        log = open(f"{args.out}/metrics.jsonl", "w", encoding="utf-8")

    def report(step, values):
        if log:
            print(f"step {step}: " + ", ".join(f"{name} {value:.6g}" for name, value in values.items()), flush=True)
            print(json.dumps({"_step": step, **values}), file=log, flush=True)

    for step in range(args.steps + 1):
        if validation and (step % setting_at("evaluateEvery", step - 1) == 0 or step == args.steps):
            metrics = evaluate(experiment, batcher, validation, accelerator)
            report(step, {f"eval/{name}": value for name, value in metrics.items()})
        if step == args.steps:
            break
        experiment.train()
        rate = learning_rate(step, args.steps)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["rate"]
        optimizer.zero_grad()
        batch = [training[i] for i in batch_positions(len(training), RUN.batchSize, step)]
        loss = torch.zeros((), device=accelerator.device)
        for piece, total in batcher.portions(batch, args.piece, rank, world):
            _, losses = model(piece)
            # Gradients are averaged over processes, so that each counts its part of the whole sum `world` times.
            part = (losses * piece.weights).sum() * world / total
            accelerator.backward(part)
            loss += part.detach()
        norm = float(accelerator.clip_grad_norm_(trained, RUN.clipNorm or math.inf))
        mean = accelerator.reduce(loss, "mean").item()
        if not (math.isfinite(mean) and math.isfinite(norm)):
            fail(f"at step {step} the loss is {mean} and the gradient's norm {norm}; choose a lower learning rate")
        optimizer.step()
        report(step + 1, {"train/loss": mean, "train/learning_rate": rate, "train/grad_norm": norm})
    if log:
        save(experiment, args.out, args.model, args.revision)
        print(f"saved in {args.out}")
    accelerator.end_training()


if __name__ == "__main__":
    main()
