# ---- Updates of weight matrices W [out, in] ----


class Update(torch.nn.Module):
    """What is added to one layer: scale * (x @ down) @ up.T, where `up` and `down` come from the method's factors."""

    def __init__(self, path, layer, index):
        super().__init__()
        self.path, self.stored_in_by_out = path, isinstance(layer, Conv1D)
        rows, cols = layer.weight.shape
        self.out_features, self.in_features = (cols, rows) if self.stored_in_by_out else (rows, cols)
        widest = min(self.out_features, self.in_features)
        self.rank = widest if RUN.method == "deep-lora-full" else RUN.rank
        if self.rank > widest:
            fail(f"rank {self.rank} is more than {path} [{self.out_features} x {self.in_features}] can have")
        self.scale = RUN.alpha / RUN.rank if RUN.method == "lora" else 1.0
        values = self.initial(RandomStream("factors", index))
        self.factors = torch.nn.ParameterDict({name: parameter(value) for name, value in values.items()})

    def initial(self, stream):
        n, m, k = self.in_features, self.out_features, self.rank
        if RUN.method == "lora":
            return {"A": (2 * stream.uniforms(k * n).reshape(k, n) - 1) / math.sqrt(n), "B": np.zeros((m, k))}
        if RUN.method == "lora-paper":
            return {"A": stream.normals(k, n), "B": np.zeros((m, k))}
        if RUN.method == "deep-lora-compressed":
            cores = {f"W{i + 1}": RUN.initScale * np.eye(k) for i in range(RUN.depth)}
            return {"U": stream.orthogonal(n, k), "V": stream.orthogonal(m, k), **cores}
        if RUN.method not in ("deep-lora-narrow", "deep-lora-full"):
            fail(f"{RUN.method} is no method that this program knows")
        widths = [n, *[k] * (RUN.depth - 1), m]
        return {
            f"W{i + 1}": RUN.initScale * stream.orthogonal(widths[i + 1], widths[i]) for i in range(RUN.depth)
        }

    def pair(self):
        """up [out, k] and down [in, k]."""
        f = self.factors
        if "A" in f:
            return f["B"], f["A"].T
        cores = [f[f"W{i + 1}"] for i in range(RUN.depth)]
        if "U" in f:
            return f["V"] @ product(cores).T, f["U"]
        return product(cores[1:]), cores[0].T

    def forward(self, layer, inputs, output):
        """As a hook on the layer that it belongs to."""
        up, down = self.pair()
        return output + (self.scale * (inputs[0].to(down.dtype) @ down) @ up.T).to(output.dtype)


def product(factors):
    """Of W1 ... WL: WL @ ... @ W1."""
    whole = factors[0]
    for factor in factors[1:]:
        whole = factor @ whole
    return whole


def parameter(values):
    return torch.nn.Parameter(torch.tensor(np.ascontiguousarray(values), dtype=torch.float32))


def target_paths(network):
    """The layers to update, by their paths in the network; those of a named set are looked for in every block."""
    modules, prefix = dict(network.named_modules()), network.base_model_prefix + "."

    def found(path):
        # A checkpoint may name its tensors with the prefix of the class that has an output layer, or without.
        return next((p for p in (path, prefix + path, path.removeprefix(prefix)) if p in modules), None)

    stacks, single = {}, []
    for path in SETTINGS["layers"]:
        match = re.fullmatch(r"(.*?\.)\d+(\..*)", path)
        if match and SETTINGS["everyBlock"]:
            stacks.setdefault(match[1], {})[match[2]] = True
        else:
            single.append(found(path) or fail(f"the model has no layer {path}"))
    paths = []
    for before, parts in stacks.items():
        for block in itertools.count():
            there = [found(f"{before}{block}{after}") for after in parts]
            if not any(there):
                break
            paths += [path for path in there if path]
    if not paths + single:
        fail("the model has none of the layers that the experiment updates: it is of another family")
    return paths + single
