# ---- LoRA: ΔW = (α / r) · B A (Hu et al., 2022, arXiv:2106.09685) ----


def start(layer, s):
    m, n = layer.shape
    return {"A": layer.stream.symmetric(s.rank, n) / math.sqrt(n), "B": np.zeros((m, s.rank))}


def rates(s):
    return {"B": s.loraPlus}


def pair(f, s):
    return f["B"], f["A"].T, s.alpha / (math.sqrt(s.rank) if s.scaling == "root" else s.rank)
