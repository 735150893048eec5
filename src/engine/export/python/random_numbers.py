# ---- Random numbers: Philox4x32-10 (Salmon et al., 2011), a function of seed, stream and position ----

STREAMS = {"head": 1, "calibration": 2, "subset": 100, "factors": 10_000, "projection": 30_000, "order": 1_000_000}


def philox(blocks, seed, stream, step=0, use=0):
    """Four random words for each block number. @param blocks [n]. @returns [n, 4], whole numbers below 2**32."""
    word, half = np.uint64(2**32 - 1), np.uint64(32)
    first, second = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
    c0, c1, c2, c3 = (np.broadcast_to(np.asarray(c, np.uint64), len(blocks)) for c in (blocks, step, 0, use))
    for turn in range(10):
        k0, k1 = (np.uint64((key + turn * weyl) % 2**32) for key, weyl in ((seed, 0x9E3779B9), (stream, 0xBB67AE85)))
        a, b = first * c0, second * c2
        c0, c1, c2, c3 = (b >> half) ^ c1 ^ k0, b & word, (a >> half) ^ c3 ^ k1, a & word
    return np.stack([c0, c1, c2, c3], 1)


class RandomStream:
    """Random numbers in a row; what one stream draws leaves the others alone."""

    def __init__(self, stream):
        self.stream = stream
        self.at = 0
        self.spare = np.zeros(0)

    def words(self, count):
        first = self.at // 4
        drawn = philox(np.arange(first, (self.at + count + 3) // 4), RUN.seed, self.stream).reshape(-1)
        drawn = drawn[self.at - 4 * first:][:count]
        self.at += count
        return drawn

    def uniforms(self, count):
        """On (0, 1)."""
        return (self.words(count) + 0.5) * 2.0**-32

    def symmetric(self, *shape):
        """Uniform on (-1, 1)."""
        return 2 * self.uniforms(math.prod(shape)).reshape(shape) - 1

    def normals(self, *shape):
        """By the Box-Muller transform; an odd one waits for the next call."""
        count = math.prod(shape)
        pairs = (max(0, count - len(self.spare)) + 1) // 2
        lengths, turns = self.uniforms(2 * pairs).reshape(-1, 2).T
        radius, angle = np.sqrt(-2 * np.log(lengths)), 2 * np.pi * turns
        drawn = np.concatenate([self.spare, np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)])
        self.spare = drawn[count:]
        return drawn[:count].reshape(shape)

    def permutation(self, n):
        """0 ... n - 1 in random order (Fisher-Yates, without the bias of a remainder)."""
        order, ahead = list(range(n)), []
        for last in range(n - 1, 0, -1):
            limit = 2**32 - 2**32 % (last + 1)
            word = limit
            while word >= limit:
                ahead = ahead or self.words(1024).tolist()[::-1]
                word = ahead.pop()
            other = word % (last + 1)
            order[last], order[other] = order[other], order[last]
        self.at -= len(ahead)
        return order

    def orthogonal(self, rows, cols):
        """A random matrix with orthonormal columns, or rows where it is wide."""
        q, _ = orthonormal(self.normals(min(rows, cols), max(rows, cols)).T)
        return q if rows >= cols else q.T


def step_normals(step, stream, *shape):
    """Standard normal numbers that a step of the run draws, as Rankscope's shader does."""
    count = math.prod(shape)
    words = philox(np.arange(-(-count // 4)), RUN.seed, stream, step, use=2)
    lengths, turns = (((words >> np.uint64(9)) + 0.5) * 2.0**-23).reshape(-1, 2).T
    radius, angle = np.sqrt(-2 * np.log(lengths)), 2 * np.pi * turns
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)[:count].reshape(shape)


@lru_cache(maxsize=8)
def epoch_order(count, epoch):
    return RandomStream(STREAMS["order"] + epoch).permutation(count)


def batch_positions(count, size, step):
    """Which of `count` examples a step uses: every epoch is a permutation, and batches run on across its end."""
    places = (divmod(position, count) for position in range(step * size, (step + 1) * size))
    return [epoch_order(count, epoch)[place] for epoch, place in places]
