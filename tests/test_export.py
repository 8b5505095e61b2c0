"""Every public function and module lowers for CPU, CUDA and TPU, with its gradient."""

import ast
import inspect
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export

import nnds.attention
import nnds.conv
import nnds.conv.toeplitz
import nnds.dense
import nnds.graph
import nnds.graph.sparse
import nnds.init
import nnds.losses
import nnds.sets
from nnds import attention, conv, dense, graph, init, losses, sets
from nnds.conv import toeplitz
from nnds.graph.sparse import CSR, SLOTS

PLATFORMS = ("cpu", "cuda", "tpu")
KEY = jax.random.key(0)
FILES = [nnds.init, nnds.losses, nnds.dense, nnds.conv, nnds.sets, nnds.attention]
FILES += [nnds.graph.sparse, nnds.conv.toeplitz, nnds.graph]

v, m = jnp.ones(4), jnp.ones((4, 4))
one, label, image = jnp.ones(()), jnp.array(1), jnp.ones((9, 9, 4))
kernel, heads, keep = jnp.ones((3, 3, 4, 2)), jnp.ones((4, 2, 2)), jnp.ones(4, bool)
merge = jnp.ones((2, 2, 4))
# the middle of a star has a row longer than SLOTS
STAR = CSR.from_edges(np.zeros(2 * SLOTS, int), np.arange(2 * SLOTS), 2 * SLOTS)
NODES = jnp.ones((2 * SLOTS, 4))
chunked = partial(attention.attention_chunked, chunk=2, causal=True)

FUNCTIONS = {
    "dense": (dense.dense, v, m, v),
    "conv2d": (partial(conv.conv2d, stride=2, padding="same"), image, kernel),
    "conv2d of a small image": (conv.conv2d, image, kernel),
    "banded_conv2d": (toeplitz.banded_conv2d, image, kernel),
    "band": (lambda w: toeplitz.band(w, 5), kernel),
    "max_pool2d": (lambda x: conv.max_pool2d(x, 2, padding="same"), image),
    "avg_pool2d": (lambda x: conv.avg_pool2d(x, 2, padding="same"), image),
    "global_avg_pool": (conv.global_avg_pool, image),
    "pool": (lambda x, mask: sets.pool(x, how="max", mask=mask), m, keep),
    "deep_set": (
        lambda x, mask: sets.deep_set(x, jnp.sin, jnp.cos, mask=mask), m, keep
    ),
    "equivariant": (
        lambda x, mask: sets.equivariant(x, m, m, v, mask=mask), m, keep
    ),
    "graph_conv": (graph.graph_conv, m, m, m),
    "graph_conv of a CSR": (graph.graph_conv, NODES, STAR, m),
    "normalise": (graph.normalise, m),
    "normalise a CSR": (
        lambda a: graph.normalise(a, self_loops=False).values, STAR
    ),
    "attention": (attention.attention, m, m, m, m > 0),
    "attention_chunked": (chunked, m, m, m, m > 0),
    "multi_head_attention": (
        attention.multi_head_attention, m, m, heads, heads, heads, merge
    ),
    "squared_error": (losses.squared_error, one, one),
    "absolute_error": (losses.absolute_error, one, one),
    "huber": (losses.huber, one, one),
    "hinge": (losses.hinge, one, one),
    "cross_entropy": (losses.cross_entropy, v, label),
    "binary_cross_entropy": (losses.binary_cross_entropy, one, one),
    "gaussian_nll": (losses.gaussian_nll, one, one, one),
    "accuracy": (losses.accuracy, v, label),
}  # fmt: skip
MODULES = {
    "Dense": (dense.Dense.init(4, 3, key=KEY), v),
    "MLP": (dense.MLP.init([4, 3, 2], key=KEY), v),
    "Conv2d": (conv.Conv2d.init(4, 4, 3, groups=2, dilation=2, key=KEY), image),
    "LeNet5": (conv.LeNet5.init(key=KEY), jnp.ones((28, 28, 1))),
    "DeepSet": (sets.DeepSet.init(4, 3, 2, key=KEY), m, keep),
    "Equivariant": (sets.Equivariant.init(4, 3, key=KEY), m, keep),
    "GraphConv": (graph.GraphConv.init(4, 3, key=KEY), m, m),
    "GCN": (graph.GCN.init([4, 3, 2], key=KEY), NODES, STAR),
    "MultiHeadAttention": (
        attention.MultiHeadAttention.init(4, 2, kv_heads=1, attend=chunked, key=KEY), m
    ),
}  # fmt: skip
WITHOUT_GRADIENT = {
    "glorot": lambda: init.glorot(KEY, 4, 3),
    "he": lambda: init.he(KEY, 4, 3),
    "lecun": lambda: init.lecun(KEY, 4, 3),
    "orthogonal": lambda: init.orthogonal(KEY, 4, 3),
    "variance_scaling": lambda: init.variance_scaling(
        KEY, 4, 3, variance=1.0, distribution="uniform"
    ),
    "confusion_matrix": lambda: losses.confusion_matrix(label[None], label[None], 2),
}
ON_THE_HOST = {"fans", "receptive_field", "CSR", "Rows"}


def call(model, *args):
    return model(*args)


def lowered(function, *args):
    """Export in terms of the leaves: a module is no type that can be serialised."""
    leaves, tree = jax.tree.flatten(args)

    def flat(*leaves):
        return jax.tree.leaves(function(*jax.tree.unflatten(tree, leaves)))

    return export.export(jax.jit(flat), platforms=PLATFORMS)(*leaves)


def gradient(function, *args):
    """Return the gradient with respect to every leaf that has one."""
    leaves, tree = jax.tree.flatten(args)
    floats = [i for i, t in enumerate(leaves) if jnp.issubdtype(t.dtype, jnp.floating)]

    def loss(*leaves):
        return (function(*jax.tree.unflatten(tree, leaves)) ** 2).sum()

    return jax.grad(loss, floats)(*leaves)


CASES = FUNCTIONS | {name: (call, *case) for name, case in MODULES.items()}


@pytest.mark.parametrize("name", CASES)
def test_forward_and_gradient_lower_everywhere(name):
    function, *args = CASES[name]
    for program in (function, partial(gradient, function)):
        exported = lowered(program, *args)
        assert exported.platforms == PLATFORMS
        assert exported.serialize()  # refuses calls that only this build of jax knows


@pytest.mark.parametrize("name", WITHOUT_GRADIENT)
def test_forward_lowers_everywhere(name):
    assert lowered(WITHOUT_GRADIENT[name]).platforms == PLATFORMS


def test_an_exported_program_gives_the_same_numbers():
    model, x, mask = MODULES["DeepSet"]
    exported = lowered(lambda x, mask: model(x, mask), x, mask)
    again = export.deserialize(exported.serialize())
    (y,) = again.call(x, mask)
    np.testing.assert_allclose(y, model(x, mask), rtol=1e-5)


def test_nothing_public_is_left_out():
    tested = {name.split()[0] for name in {*CASES, *WITHOUT_GRADIENT}} | ON_THE_HOST
    for module in FILES:
        tree = ast.parse(inspect.getsource(module))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                assert node.name.startswith("_") or node.name in tested, node.name
