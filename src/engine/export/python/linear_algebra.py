# ---- Linear algebra, to the sign as Rankscope has it ----


def orthonormal(columns):
    """Q and R with a positive diagonal, which makes them what Gram-Schmidt would give."""
    q, r = np.linalg.qr(columns)
    signs = np.where(np.diag(r) < 0, -1.0, 1.0)
    return q * signs, r * signs[:, None]


def top_directions(gradient, sketch, count, iterations):
    """Left [rows, count] and right [cols, count] singular vectors of G (Halko et al., 2011), signs included."""
    q, _ = orthonormal(gradient @ sketch)
    for _ in range(iterations):
        q, _ = orthonormal(gradient @ orthonormal(gradient.T @ q)[0])
    p, r = orthonormal(gradient.T @ q)
    left, right = jacobi(r)
    return q @ right[:, :count], p @ left[:, :count]


def complement(basis, random):
    """Random orthonormal directions at right angles to a basis."""
    return orthonormal(random - basis @ (basis.T @ random))[0]


def jacobi(matrix):
    """Singular vectors, largest value first, by one-sided rotations: which sign they get follows from their order."""
    size = len(matrix)
    work, rotations = matrix / max(np.abs(matrix).max(), 1e-300), np.eye(size)
    for _ in range(16):
        rotated = False
        for p, q in itertools.combinations(range(size), 2):
            a, b = work[:, p], work[:, q]
            pp, qq, pq = a @ a, b @ b, a @ b
            if abs(pq) <= size * 1.19e-7 * math.sqrt(pp * qq):
                continue
            rotated = True
            zeta = (qq - pp) / (2 * pq)
            tangent = (1 if zeta >= 0 else -1) / (abs(zeta) + math.hypot(1, zeta))
            cosine = 1 / math.hypot(1, tangent)
            turn = np.array([[cosine, cosine * tangent], [-cosine * tangent, cosine]])
            work[:, [p, q]] = work[:, [p, q]] @ turn
            rotations[:, [p, q]] = rotations[:, [p, q]] @ turn
        if not rotated:
            break
    lengths = np.linalg.norm(work, axis=0)
    order = np.argsort(-lengths, kind="stable")
    return (work / np.maximum(lengths, 1e-300))[:, order], rotations[:, order]
