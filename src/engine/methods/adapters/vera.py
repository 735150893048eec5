# ---- VeRA: ΔW = diag(b) B diag(d) A, A and B random and shared (Kopiczko et al., 2024, arXiv:2310.11454) ----


def start(layer, s):
    (m, n), k = layer.shape, s.rank
    A = layer.shared("A", lambda stream: stream.symmetric(k, n) * math.sqrt(6 / n))
    B = layer.shared("B", lambda stream: stream.symmetric(m, k) * math.sqrt(6 / k))
    return {"A": A, "B": B, "b": np.zeros(m), "d": np.full(k, 0.1)}


def rates(s):
    return {"A": 0, "B": 0}


def pair(f, s):
    return f["b"][:, None] * f["B"], (f["d"][:, None] * f["A"]).T, 1.0
