# ---- GaLore on matrices (Zhao et al., 2024, arXiv:2403.03507); the optimizer above takes the rest, s.projector follows ----

rest_of = optimizer_of


class GaLore:
    """R = Pᵀ G or G P, W ← W − η (α P · Adam(R) + λ W), before a step of the rest, which passes over what has no gradient."""

    def __init__(self, s, stacks):
        self.s, self.stacks, self.steps = s, stacks, 0
        self.bases, self.moments = {}, {}

    @torch.no_grad()
    def __call__(self, optimizer, *_):
        s = self.s
        if self.steps % s.refreshEvery == 0:
            for index, stack in enumerate(self.stacks):
                gradients = [p.grad.double().cpu().numpy() for p in stack]
                normals = partial(step_normals, self.steps, STREAMS["projection"] + index)
                for p, P in zip(stack, projections(gradients, s, normals)):
                    self.bases[p] = torch.as_tensor(P).to(p)
        self.steps += 1
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p in self.bases:
                    p.sub_(group["lr"] * (s.projectionScale * self.direction(p) + group["weight_decay"] * p))
                    p.grad = None

    def direction(self, p):
        P, (rows, cols) = self.bases[p], p.shape
        R = p.grad @ P if rows >= cols else P.T @ p.grad
        m, v = self.moments.setdefault(p, (torch.zeros_like(R), torch.zeros_like(R)))
        m.mul_(0.9).add_(0.1 * R)
        v.mul_(0.999).add_(0.001 * R * R)
        correction = math.sqrt(1 - 0.999**self.steps) / (1 - 0.9**self.steps)
        N = correction * m / (v.sqrt() + self.s.epsilon)
        return N @ P.T if rows >= cols else P @ N


def optimizer_of(groups, s, experiment):
    optimizer = rest_of(groups, s, experiment)
    optimizer.register_step_pre_hook(GaLore(s, experiment.stacks()))
    return optimizer
