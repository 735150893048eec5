# ---- DoRA: W′ = diag(m / ‖V‖) V, V = W + (α / r) · B A, norms row by row (Liu et al., 2024, arXiv:2402.09353) ----


def start(layer, s):
    m, n = layer.shape
    A = layer.stream.symmetric(s.rank, n) / math.sqrt(n)
    return {"A": A, "B": np.zeros((m, s.rank)), "m": (layer.weight() ** 2).sum(1) ** 0.5}


def weight(f, s, W):
    V = W + s.alpha / (math.sqrt(s.rank) if s.scaling == "root" else s.rank) * (f["B"] @ f["A"])
    return (f["m"] / detach((V * V).sum(1) ** 0.5))[:, None] * V
