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

    stream = RandomStream(STREAMS["calibration"])
    whole = SETTINGS["bases"] == "whole"
    alike = {}
    for update, layer in zip(experiment.updates, layers):
        alike.setdefault(update.shape, []).append((update, layer))
    for (m, n), members in alike.items():
        count = OWN.rank if whole else OWN.rank // 2
        sketches = stream.normals(len(members), m, min(count + 8, n, m, 64))
        if not whole:
            beside_left = stream.normals(len(members), n, count)
            beside_right = stream.normals(len(members), m, count)
        for i, (update, layer) in enumerate(members):
            gradient = layer.weight.grad.float().cpu().numpy().astype(np.float64)
            in_by_out = gradient if update.stored_in_by_out else gradient.T
            left, right = top_directions(in_by_out, sketches[i], count, POWER_STEPS)
            if whole:
                # The product of the cores must grow towards -G.
                bases = {"U": left, "V": right, "W1": -OWN.initScale * np.eye(OWN.rank)}
            else:
                bases = {
                    "U": np.concatenate([complement(left, beside_left[i]), left], 1),
                    "V": np.concatenate([right, complement(right, beside_right[i])], 1),
                }
            for name, value in bases.items():
                update.factors[name] = parameter(value)
            layer.weight.grad = None
            layer.weight.requires_grad_(False)
