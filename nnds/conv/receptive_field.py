"""How far a stack of convolutions sees."""

from collections.abc import Sequence

from nnds.conv.windows import at_least_one


def receptive_field(layers: Sequence[tuple[int, int, int]]) -> int:
    """Return how many pixels along an axis one output reads.

    `1 + Σ_l (k_l - 1)·t_l·s_1···s_{l-1}` for layers `(kernel k, stride s, dilation t)`
    from the input on; a pooling layer is `(size, stride, 1)`. Numbers below 1 raise
    ValueError. Source: Araujo et al. (2019), Computing receptive fields, eq. 2.

    >>> receptive_field([(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)])  # LeNet-5
    16
    """
    field, jump = 1, 1
    for kernel, stride, dilation in layers:
        at_least_one(kernel=kernel, stride=stride, dilation=dilation)
        field += (kernel - 1) * dilation * jump
        jump *= stride
    return field
