# ---- Muon on matrices (Jordan et al., 2024; Liu et al., 2025, arXiv:2502.16982); the optimizer above takes the rest ----

rest_of = optimizer_of


class Muon:
    """B ← β B + (1 − β) G, W ← W − η (s · NS(B) + λ W), before a step of the rest, which passes over what has no gradient."""

    def __init__(self, s, matrices):
        self.s, self.momentum = s, {p: torch.zeros_like(p) for p in matrices}

    @torch.no_grad()
    def __call__(self, optimizer, *_):
        s = self.s
        for group in optimizer.param_groups:
            rate, decay = group["lr"], group["weight_decay"]
            for p in group["params"]:
                if p not in self.momentum:
                    continue
                B, fresh = self.momentum[p], (1 - s.muonMomentum) * p.grad
                B.mul_(s.muonMomentum).add_(fresh)
                direction = s.muonMomentum * B + fresh if s.nesterov == "on" else B
                rows, cols = p.shape
                rms, spectral = 0.2 * math.sqrt(max(rows, cols)), math.sqrt(max(1, rows / cols))
                length = rate * (spectral if s.muonScale == "spectral" else rms)
                p.mul_(1 - rate * decay).sub_(length * newton_schulz(direction, s.newtonSchulzSteps))
                p.grad = None


def newton_schulz(X, steps):
    """X with singular values of about 1: X ← a X + (b X Xᵀ + c (X Xᵀ)²) X."""
    a, b, c = 3.4445, -4.775, 2.0315
    X = X / (X.norm() + 1e-7)
    is_tall = len(X) > len(X.T)
    X = X.T if is_tall else X
    for _ in range(steps):
        gram = X @ X.T
        X = a * X + (b * gram + c * gram @ gram) @ X
    return X.T if is_tall else X


def optimizer_of(groups, s, experiment):
    optimizer = rest_of(groups, s, experiment)
    optimizer.register_step_pre_hook(Muon(s, [p for stack in experiment.stacks() for p in stack]))
    return optimizer
