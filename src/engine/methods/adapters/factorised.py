# ---- Deep LoRA: ΔW = W_L … W_1, of inner width r or, without one, min(in, out) (Yaras et al., 2024, arXiv:2406.04112) ----


def start(layer, s):
    m, n = layer.shape
    width = min(m, n, s.rank) if hasattr(s, "rank") else min(m, n)
    widths = [n, *[width] * (s.depth - 1), m]
    return {f"W{i + 1}": s.initScale * layer.stream.orthogonal(widths[i + 1], widths[i]) for i in range(s.depth)}


def pair(f, s):
    up = f["W2"]
    for i in range(3, s.depth + 1):
        up = f[f"W{i}"] @ up
    return up, f["W1"].T, 1.0
