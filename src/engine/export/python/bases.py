# ---- Bases of the compressed form: top directions of the first gradient, found as Rankscope finds them ----

POWER_STEPS = 3


def initialise_bases(experiment, layers, batches):
    """U = [random, U_G] and V = [V_G, random], or U_G and V_G alone, from the gradient G at the pretrained weights.

    @param batches with the number of labels in all of them together.
    """
    experiment.eval()
    experiment.requires_grad_(False)
    for layer in layers:
        layer.weight.requires_grad_(True)
    for batch, total in batches:
        _, losses = experiment(batch)
        ((losses * batch.weights).sum() / total).backward()

    stream = RandomStream("calibration")
    spectral = RUN.bases == "spectral"
    alike = {}
    for update, layer in zip(experiment.updates, layers):
        key = (update.out_features, update.in_features)
        alike.setdefault(key, []).append((update, layer))
    for (m, n), members in alike.items():
        count = RUN.rank if spectral else RUN.rank // 2
        sketches = stream.normals(len(members), m, min(count + 8, n, m, 64))
        if not spectral:
            beside_left = stream.normals(len(members), n, count)
            beside_right = stream.normals(len(members), m, count)
        for i, (update, layer) in enumerate(members):
            gradient = layer.weight.grad.float().cpu().numpy().astype(np.float64)
            left, right = top_directions(gradient if update.stored_in_by_out else gradient.T, sketches[i], count)
            if spectral:
                # The product of the cores must grow towards -G.
                bases = {"U": left, "V": right, "W1": -RUN.initScale * np.eye(RUN.rank)}
            else:
                bases = {
                    "U": np.concatenate([complement(left, beside_left[i]), left], 1),
                    "V": np.concatenate([right, complement(right, beside_right[i])], 1),
                }
            for name, value in bases.items():
                update.factors[name] = parameter(value)
            layer.weight.grad = None
            layer.weight.requires_grad_(False)


def top_directions(gradient, sketch, count):
    """Left [in, count] and right [out, count] singular vectors of G [in, out] (Halko et al., 2011), signs included."""
    q, _ = orthonormal(gradient @ sketch)
    for _ in range(POWER_STEPS):
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
