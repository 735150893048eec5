# ---- GaLore's subspaces: random ones, to compare with (He et al., 2024, arXiv:2410.11289) ----


def projections(gradients, s, normals):
    """P [rows or cols, rank] for each of a stack of gradients."""
    return [orthonormal(columns)[0] for columns in normals(len(gradients), min(gradients[0].shape), s.projectionRank)]
