"""The methods as they are stated in Python beside the engine's own, for checks that are made from them."""
import math
import pathlib
from types import SimpleNamespace

import numpy as np

ADAPTERS = pathlib.Path(__file__).resolve().parent.parent / "src/engine/methods/adapters"


def text_of(name):
    return (ADAPTERS / f"{name}.py").read_text(encoding="utf-8")


class Statement:
    """What a method states: start(layer, s), rates(s), and the update of a layer.

    @param detach what keeps gradients from passing, in the library whose arrays it is given.
    """

    def __init__(self, text, detach):
        found = {"math": math, "np": np, "detach": detach, "rates": lambda s: {}}
        exec(text, found)
        self.parts = SimpleNamespace(**found)
        self.start, self.rates = self.parts.start, self.parts.rates

    def delta(self, f, s, W):
        """ΔW [out, in] of a layer with the weight W and the parameters f."""
        if not hasattr(self.parts, "pair"):
            return self.parts.weight(f, s, W) - W
        up, down, scale = self.parts.pair(f, s)
        return scale * up @ down.T

    def output(self, f, s, x):
        """What a pair adds to a layer's output for inputs x [rows, in]."""
        up, down, scale = self.parts.pair(f, s)
        return scale * (x @ down) @ up.T
