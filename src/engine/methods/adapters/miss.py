# ---- MiSS: ΔW = [Mᵀ Mᵀ … Mᵀ], one M [r, out] for every r inputs (Kang and Yin, 2024, arXiv:2409.15371) ----


def start(layer, s):
    m, n = layer.shape
    return {"M": np.zeros((s.rank, m)), "place": np.eye(s.rank)[np.arange(n) % s.rank]}


def rates(s):
    return {"place": 0}


def pair(f, s):
    return f["M"].T, f["place"], 1.0
