# ---- Deep LoRA, compressed: ΔWᵀ = U · W_L … W_1 · Vᵀ with cores [r, r] (Yaras et al., 2024, arXiv:2406.04112) ----


def start(layer, s):
    (m, n), k = layer.shape, s.rank
    cores = {f"W{i + 1}": s.initScale * np.eye(k) for i in range(s.depth)}
    return {"U": layer.stream.orthogonal(n, k), "V": layer.stream.orthogonal(m, k), **cores}


def rates(s):
    return {"U": s.gamma, "V": s.gamma}


def pair(f, s):
    core = f["W1"]
    for i in range(2, s.depth + 1):
        core = f[f"W{i}"] @ core
    return f["V"] @ core.T, f["U"], 1.0
