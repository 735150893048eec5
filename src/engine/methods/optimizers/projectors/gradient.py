# ---- GaLore's subspaces: the gradients' top singular directions (Halko et al., 2011, arXiv:0909.4061) ----


def projections(gradients, s, normals):
    """P [rows or cols, rank] for each of a stack of gradients."""
    (rows, cols), rank = gradients[0].shape, s.projectionRank
    sketches = normals(len(gradients), cols, min(rank + 8, rows, cols, 64))
    found = (top_directions(G, sketch, rank, s.powerIterations) for G, sketch in zip(gradients, sketches))
    return [right if rows >= cols else left for left, right in found]
