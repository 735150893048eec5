# ---- AdamW (Loshchilov and Hutter, 2019, arXiv:1711.05101) ----


def optimizer_of(groups, s, experiment):
    return torch.optim.AdamW(groups, lr=s.learningRate, eps=s.epsilon)
