# ---- SGD (Robbins and Monro, 1951; Sutskever et al., 2013) ----


def optimizer_of(groups, s, experiment):
    nesterov = s.nesterov == "on" and s.momentum > 0
    return torch.optim.SGD(groups, lr=s.learningRate, momentum=s.momentum, nesterov=nesterov)
