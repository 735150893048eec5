# ---- The network: where it comes from, what is added to it, and what is kept of it ----


def load_network(task, model, revision, dtype):
    config = AutoConfig.from_pretrained(model, revision=revision)
    if RUN.maxTokens > getattr(config, "max_position_embeddings", math.inf):
        fail(f"the longest text is set to {RUN.maxTokens} tokens, but the model has {config.max_position_embeddings}")
    # After embeddings and behind the residual layers, where the family's code has dropout there; never on attention.
    for name in ("hidden_dropout_prob", "embd_pdrop", "resid_pdrop", "dropout", "dropout_rate"):
        if hasattr(config, name):
            setattr(config, name, RUN.dropout)
    for name in ("attention_probs_dropout_prob", "attn_pdrop", "attention_dropout"):
        if hasattr(config, name):
            setattr(config, name, 0.0)
    pretrained, _ = task.network_type(config)
    return pretrained.from_pretrained(model, config=config, revision=revision).to(getattr(torch, dtype))


class Experiment(torch.nn.Module):
    """The pretrained network, the updates of its layers, and the task's output layer."""

    def __init__(self, task, network, head):
        super().__init__()
        self.task, self.backbone = task, network
        self.head = torch.nn.ParameterDict({name: parameter(value) for name, value in head.items()})
        self.updates = torch.nn.ModuleList()

    def forward(self, batch):
        """Predictions, or None, and the loss of every row."""
        return self.task.outputs(self, batch)

    def network(self, batch):
        has_segments = getattr(self.backbone.config, "type_vocab_size", 0) > 1
        extra = {"token_type_ids": batch.segments} if has_segments else {}
        if batch.decoder is not None:
            extra |= {"decoder_input_ids": batch.decoder, "decoder_attention_mask": batch.decoder_mask}
        return self.backbone(input_ids=batch.ids, attention_mask=batch.mask, **extra)

    def sentences(self, batch):
        """A row's last hidden states as one vector, padding left out: their mean, or what the checkpoint says."""
        hidden, mask = self.network(batch).last_hidden_state.float(), batch.mask[:, :, None].float()
        ways = {
            "cls": lambda: hidden[:, 0],
            "max": lambda: hidden.masked_fill(mask == 0, -torch.inf).max(1).values,
            "mean": lambda: (hidden * mask).sum(1) / mask.sum(1),
            "lasttoken": lambda: hidden[torch.arange(len(hidden)), batch.mask.sum(1) - 1],
        }
        return torch.cat([ways[way]() for way in SETTINGS["pooling"]], 1)

    def dropped(self, features):
        return F.dropout(features, RUN.dropout, self.training)

    def scores(self, features):
        return F.linear(features, self.head["weight"], self.head["bias"])

    def groups(self):
        """Parameters that learn, with their learning rates as multiples of the run's, and their decay."""
        head_rate = 1.0 if SETTINGS["trains"] == "head" else RUN.headLearningRate / RUN.learningRate
        rated = [(p, 0.0 if RUN.head == "frozen" else head_rate) for p in self.head.values()]
        for update in self.updates:
            rated += [(p, rates(OWN).get(name, 1.0)) for name, p in update.factors.items()]
        for name, p in self.backbone.named_parameters():
            reached = "pooler" not in name or self.task.packed
            rated.append((p, float(SETTINGS["trains"] == "weights" and reached)))
        for p, rate in rated:
            p.requires_grad_(rate > 0)
        decay = {p: RUN.weightDecay if p.ndim > 1 or RUN.weightDecayOn == "all" else 0.0 for p, _ in rated}
        kinds = sorted({(rate, decay[p]) for p, rate in rated if rate > 0})
        return [
            {"params": [p for p, r in rated if (r, decay[p]) == kind], "rate": kind[0], "weight_decay": kind[1]}
            for kind in kinds
        ]

    def stacks(self):
        """What optimizers of matrices take: those of the layers that learn, equal ones together and in order."""
        if SETTINGS["trains"] == "weights":
            named = [("W", self.backbone.get_submodule(path).weight) for path in target_paths(self.backbone)]
        else:
            named = [(name, p) for update in self.updates for name, p in update.factors.items() if p.requires_grad]
        stacks = {}
        for name, p in named:
            if p.ndim == 2:
                stacks.setdefault((name, p.shape), []).append(p)
        return list(stacks.values())


def save(experiment, out, model, revision):
    """A PEFT adapter: every pair folded to one whose scale is 1, or the method's own form; or all of a trained network."""
    if experiment.head:
        save_file({f"head.{name}": p.detach().cpu() for name, p in experiment.head.items()}, f"{out}/head.safetensors")
    if SETTINGS["trains"] == "weights":
        experiment.backbone.save_pretrained(out)
    if not experiment.updates:
        return
    tensors, widths, form = {}, {}, SETTINGS["peft"]
    for update in experiment.updates:
        name, found = f"base_model.model.{update.path}", update.double().pair()
        if found:
            up, down, scale = found
            parts = {"lora_A.weight": down.T, "lora_B.weight": scale * up}
            widths[update.path] = down.shape[1]
        else:
            parts = {theirs: update.factors[own] for own, theirs in form["tensors"].items()}
        tensors |= {f"{name}.{part}": value.detach().float().cpu().contiguous() for part, value in parts.items()}
    save_file(tensors, f"{out}/adapter_model.safetensors", metadata={"format": "pt"})
    config = {
        "task_type": experiment.task.network_type(experiment.backbone.config)[1],
        "base_model_name_or_path": model,
        "revision": revision,
        "target_modules": [update.path for update in experiment.updates],
        "fan_in_fan_out": any(update.stored_in_by_out for update in experiment.updates),
        "inference_mode": True,
        **(folded(widths) if widths else form["config"]),
    }
    with open(f"{out}/adapter_config.json", "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2)


def folded(widths):
    """What says that pairs are LoRA's. @param widths of layers by their paths."""
    rank = max(widths.values())
    others = {path: width for path, width in widths.items() if width != rank}
    patterns = {"rank_pattern": others, "alpha_pattern": others}
    return {"peft_type": "LORA", "r": rank, "lora_alpha": rank, **patterns, "lora_dropout": 0.0, "bias": "none"}
