# ---- HiRA: ΔW = W ⊙ B A, element by element (Huang et al., 2025, ICLR) ----


def start(layer, s):
    m, n = layer.shape
    return {"A": layer.stream.symmetric(s.rank, n) / math.sqrt(n), "B": np.zeros((m, s.rank))}


def weight(f, s, W):
    return W + W * (f["B"] @ f["A"])
