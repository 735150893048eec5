# ---- LoRA as the Deep LoRA paper compares with it: ΔW = B A, A ~ N(0, 1) (Yaras et al., 2024, arXiv:2406.04112) ----


def start(layer, s):
    m, n = layer.shape
    return {"A": layer.stream.normals(s.rank, n), "B": np.zeros((m, s.rank))}


def pair(f, s):
    return f["B"], f["A"].T, 1.0
