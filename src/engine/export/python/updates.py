# ---- Updates of weight matrices W [out, in], as the method states them below ----
#
#   start(layer, s)     first values of its parameters, by name: matrices, and vectors, which do not decay
#   rates(s)            see here
#   pair(f, s)          up [out, k], down [in, k] and scale: the update is scale * up @ down.T; or instead of it
#   weight(f, s, W)     what takes the place of W


def rates(s):
    """Learning rates as multiples of the run's, of parameters that have another; 0 leaves one as it is."""
    return {}


def detach(tensor):
    """The same numbers, which pass no gradient."""
    return tensor.detach()


class NewLayer:
    """A layer that gets its first parameters."""

    def __init__(self, W, index, common):
        m, n = self.shape = tuple(W.shape)
        self.W, self.stream = W, RandomStream(STREAMS["factors"] + index)
        self.common, self.drawn = common.setdefault(self.shape, (RandomStream(n * 65_536 + m), {}))

    def weight(self):
        return self.W.detach().double().cpu().numpy()

    def shared(self, name, draw):
        """What all layers of one shape have in common."""
        if name not in self.drawn:
            self.drawn[name] = parameter(draw(self.common))
        return self.drawn[name]


class Update(torch.nn.Module):
    """What the method makes of one layer."""

    def __init__(self, path, layer, index, common):
        super().__init__()
        self.path, self.stored_in_by_out = path, isinstance(layer, Conv1D)
        W = self.weight_of(layer)
        self.shape, rank = tuple(W.shape), getattr(OWN, "rank", 0)
        if rank > min(self.shape):
            fail(f"rank {rank} is more than {path} [{self.shape[0]} x {self.shape[1]}] can have")
        values = start(NewLayer(W, index, common), OWN)
        self.factors = torch.nn.ParameterDict({name: parameter(value) for name, value in values.items()})

    def weight_of(self, layer):
        """W [out, in]."""
        return layer.weight.T if self.stored_in_by_out else layer.weight

    def pair(self):
        """Up, down and scale, or nothing where the method has none."""
        return pair(self.factors, OWN) if "pair" in globals() else None

    def forward(self, layer, inputs, output):
        """As a hook on the layer that it belongs to."""
        found = self.pair()
        if found:
            up, down, scale = found
            return output + (scale * (inputs[0].to(down.dtype) @ down) @ up.T).to(output.dtype)
        W = self.weight_of(layer).float()
        change = weight(self.factors, OWN, W) - W
        return output + (inputs[0].float() @ change.T).to(output.dtype)


def parameter(values):
    if isinstance(values, torch.nn.Parameter):
        return values
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
