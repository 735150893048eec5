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
        head_rate = 1.0 if RUN.method == "head" else RUN.headLearningRate / RUN.learningRate
        rated = [(p, 0.0 if RUN.head == "frozen" else head_rate) for p in self.head.values()]
        for update in self.updates:
            rated += [(p, RUN.gamma if name in "UV" else 1.0) for name, p in update.factors.items()]
        for name, p in self.backbone.named_parameters():
            reached = "pooler" not in name or self.task.packed
            rated.append((p, float(RUN.method == "full" and reached)))
        for p, rate in rated:
            p.requires_grad_(rate > 0)
        decay = {p: RUN.weightDecay if p.ndim > 1 or RUN.weightDecayOn == "all" else 0.0 for p, _ in rated}
        kinds = sorted({(rate, decay[p]) for p, rate in rated if rate > 0})
        return [
            {"params": [p for p, r in rated if (r, decay[p]) == kind], "rate": kind[0], "weight_decay": kind[1]}
            for kind in kinds
        ]


def save(experiment, out, model, revision):
    """A PEFT adapter, every update folded to a pair whose scale is 1; where the network itself trains, all of it."""
    if experiment.head:
        save_file({f"head.{name}": p.detach().cpu() for name, p in experiment.head.items()}, f"{out}/head.safetensors")
    if RUN.method == "full":
        experiment.backbone.save_pretrained(out)
    if not experiment.updates:
        return
    tensors, widths = {}, {}
    for update in experiment.updates:
        up, down = (t.detach() for t in update.double().pair())
        name = f"base_model.model.{update.path}"
        tensors[f"{name}.lora_A.weight"] = down.T.float().cpu().contiguous()
        tensors[f"{name}.lora_B.weight"] = (update.scale * up).float().cpu().contiguous()
        widths[update.path] = update.rank
    save_file(tensors, f"{out}/adapter_model.safetensors", metadata={"format": "pt"})
    rank = max(widths.values())
    others = {path: width for path, width in widths.items() if width != rank}
    config = {
        "peft_type": "LORA",
        "task_type": experiment.task.network_type(experiment.backbone.config)[1],
        "base_model_name_or_path": model,
        "revision": revision,
        "r": rank,
        "lora_alpha": rank,
        "rank_pattern": others,
        "alpha_pattern": others,
        "target_modules": list(widths),
        "fan_in_fan_out": any(update.stored_in_by_out for update in experiment.updates),
        "lora_dropout": 0.0,
        "bias": "none",
        "inference_mode": True,
    }
    with open(f"{out}/adapter_config.json", "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2)
