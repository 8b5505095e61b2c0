"""Every module and every public function of the topics, one line each.

`test_laws`, `test_export` and `test_parity` read these lines: a new layer is tested by
adding one. A name is that of the module or function, and perhaps a word for the case.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import peers
from jax.random import normal

from nnds import (
    activations,
    approximation,
    attention,
    autodiff,
    bigram,
    conv,
    coordinates,
    dense,
    gated,
    graph,
    init,
    kan,
    losses,
    optimize,
    perceptron,
    scaling,
    sets,
)
from nnds.attention import MultiHeadAttention, attention_chunked
from nnds.conv import toeplitz
from nnds.graph import CSR
from nnds.graph.convolution import neighbours_first
from nnds.graph.sparse import SLOTS

Shapes = tuple[tuple[int, ...], ...]


class Module(NamedTuple):
    """How a module is made, and what it takes.

    shapes: of the arguments of one example, which are drawn. edges: the same with axes
    of size 1 and 0. peer: another implementation, `peer(module)(*args)`. declared: what
    declares its symmetry, if not its class. args: arguments to export it with, if not
    drawn ones.
    """

    init: Callable[..., Any]
    shapes: Shapes
    edges: tuple[Shapes, ...] = ()
    peer: Callable[..., Any] | None = None
    declared: Any = None
    args: tuple[Any, ...] | None = None


class Function(NamedTuple):
    """A function, the arguments it is tried on, and another implementation of it."""

    call: Callable[..., Any]
    args: tuple[Any, ...]
    peer: Callable[..., Any] | None = None
    gradient: bool = True


def summed_sines(x: Any) -> Any:
    return jnp.cumsum(jnp.sin(x))


def summed_squares(x: Any) -> Any:
    return jnp.sum(summed_sines(x) ** 2)


def tape_program(x: Any, w: Any) -> Any:
    return jnp.sum(jnp.tanh(x @ w) * jnp.exp(x) - x / 2)


def tape_gradient(x: Any, w: Any) -> Any:
    t = autodiff.tape
    f = lambda x: t.total(t.tanh(t.matmul(x, w)) * t.exp(x) - x / 2)  # noqa: E731
    return t.grad(f)(x)


def descent(optimizer: Any, peer: Any) -> Function:
    """Three steps down the surface, as a function of where they start."""
    call, theirs = (
        lambda x, o=o: optimize.path(optimize.surface, o, x, 3)
        for o in (optimizer, peer)
    )
    return Function(call, (drawn(2),), theirs)


def drawn(*shape: int) -> Any:
    return normal(jax.random.key(sum(shape) + len(shape)), shape)


v, m, one = drawn(4), drawn(4, 4), drawn()
image, kernel, label, keep = drawn(9, 9, 4), drawn(3, 3, 4, 2), jnp.array(1), v > 0
heads, merge = drawn(4, 2, 2), drawn(2, 2, 4)
# the middle of a star has a row longer than SLOTS
STAR = CSR.from_edges(np.zeros(2 * SLOTS, int), np.arange(2 * SLOTS), 2 * SLOTS)
NODES = drawn(2 * SLOTS, 4)
KEY = jax.random.key(0)

ITEMS, FEW_ITEMS = ((5, 4),), (((1, 4),), ((0, 4),))
GRAPH, FEW_NODES = ((5, 4), (5, 5)), (((1, 4), (1, 1)), ((0, 4), (0, 0)))
IMAGE, SMALL = ((9, 9, 4),), (((1, 1, 4),), ((0, 9, 4),))
causal = partial(attention_chunked, chunk=2, causal=True)
upwards = partial(conv.ConvTranspose2d.init, 4, 6, 3, stride=2)
separable = partial(conv.SeparableConv2d.init, 4, 6, 3, stride=2, padding="same")
same = partial(conv.Conv2d.init, 4, 6, 3, stride=2, padding="same", groups=2)
dilated = partial(conv.Conv2d.init, 4, 3, 2, dilation=2)
shared = partial(MultiHeadAttention.init, 4, 2, kv_heads=1, attend=causal)

MODULES = {
    "Dense": Module(partial(dense.Dense.init, 4, 3), ((4,),), peer=peers.linear),
    "Dense 1 to 1": Module(partial(dense.Dense.init, 1, 1), ((1,),)),
    "MLP": Module(partial(dense.MLP.init, [4, 6, 6, 3]), ((4,),), peer=peers.mlp),
    "AdaptiveMLP": Module(partial(dense.AdaptiveMLP.init, [4, 6, 6, 3], activations.Swish.init), ((4,),)),
    "PReLU": Module(partial(activations.PReLU.init, 4), ((4,),), peer=peers.prelu),
    "PReLU shared": Module(partial(activations.PReLU.init, 1), ((4,),), peer=peers.prelu),
    "Swish": Module(partial(activations.Swish.init, 4), ((4,),), peer=peers.swish),
    "Swish shared": Module(partial(activations.Swish.init, 1), ((4,),), peer=peers.swish),
    "APL": Module(partial(activations.APL.init, 4), ((4,),), peer=peers.apl),
    "KAF": Module(partial(activations.KAF.init, 4), ((4,),), peer=peers.kaf),
    "GLU": Module(partial(gated.GLU.init, 4, 3), ((4,),), peer=peers.glu),
    "SwiGLU": Module(partial(gated.SwiGLU.init, 4, 6, 3), ((4,),), peer=peers.swiglu),
    "Maxout": Module(partial(gated.Maxout.init, 4, 3), ((4,),), peer=peers.maxout),
    "KANLayer": Module(partial(kan.KANLayer.init, 4, 3), ((4,),), peer=peers.kan_layer),
    "KAN": Module(partial(kan.KAN.init, [4, 5, 3]), ((4,),)),
    "FourierNetwork": Module(partial(coordinates.FourierNetwork.init, [2, 6, 3], 4, 0.3), ((2,),)),
    "Conv2d": Module(same, IMAGE, SMALL),
    "Conv2d dilated": Module(dilated, IMAGE, (((3, 3, 4),),), peer=peers.conv2d),
    "ConvTranspose2d": Module(upwards, ((4, 4, 4),), (((1, 1, 4),),), peer=peers.conv_transpose2d),
    "SeparableConv2d": Module(separable, IMAGE, SMALL),
    "VGGBlock": Module(partial(conv.VGGBlock.init, 4, 6), IMAGE),
    "LeNet5": Module(conv.LeNet5.init, ((28, 28, 1),)),
    "DeepSet sum": Module(partial(sets.DeepSet.init, 4, 6, 3, how="sum"), ITEMS, FEW_ITEMS),
    "DeepSet mean": Module(partial(sets.DeepSet.init, 4, 6, 3, how="mean"), ITEMS, FEW_ITEMS),
    "DeepSet max": Module(partial(sets.DeepSet.init, 4, 6, 3, how="max"), ITEMS, FEW_ITEMS, args=(m, keep)),
    "Equivariant": Module(partial(sets.Equivariant.init, 4, 3), ITEMS, FEW_ITEMS, args=(m, keep)),
    "GraphConv": Module(partial(graph.GraphConv.init, 4, 3), GRAPH, FEW_NODES),
    "GCN": Module(partial(graph.GCN.init, [4, 6, 3]), GRAPH, FEW_NODES, args=(NODES, STAR)),
    "MultiHeadAttention": Module(partial(MultiHeadAttention.init, 4, 2), ITEMS, FEW_ITEMS, peer=peers.multi_head),
    "MultiHeadAttention causal": Module(shared, ITEMS, FEW_ITEMS, declared=attention_chunked),
}  # fmt: skip
NO_SYMMETRY = {"Dense", "MLP", "AdaptiveMLP", "LeNet5", "PReLU", "Swish", "APL", "KAF"}
NO_SYMMETRY |= {"GLU", "SwiGLU", "Maxout", "KANLayer", "KAN", "FourierNetwork"}
NO_SYMMETRY |= {"VGGBlock", "ConvTranspose2d"}

FUNCTIONS = {
    "tape": Function(tape_gradient, (m, m), peer=jax.grad(tape_program)),
    "dual": Function(lambda x, v: autodiff.dual.jvp(lambda x: autodiff.dual.tanh(x) * x / 2 + 1, x, v)[1], (v, 2 * v), peer=lambda x, v: jax.jvp(lambda x: jnp.tanh(x) * x / 2 + 1, (x,), (v,))[1]),
    "jaxprs": Function(autodiff.jaxprs.grad(tape_program), (m, m), peer=jax.grad(tape_program)),
    "central_difference": Function(partial(autodiff.central_difference, summed_squares), (v,)),
    "jacobian_by_columns": Function(partial(autodiff.jacobian_by_columns, summed_sines), (v,), peer=jax.jacrev(summed_sines)),
    "jacobian_by_rows": Function(partial(autodiff.jacobian_by_rows, summed_sines), (v,), peer=jax.jacfwd(summed_sines)),
    "hessian_vector_product": Function(partial(autodiff.hessian_vector_product, summed_squares), (v, 2 * v), peer=lambda x, v: jax.hessian(summed_squares)(x) @ v),
    "swish_by_hand": Function(autodiff.swish_by_hand, (v, one), peer=jax.vmap(activations.swish, (0, None))),
    "surface": Function(optimize.surface, (v[:2],), peer=lambda x: (jnp.sin(x[0] + x[1]) + jnp.sin(x[0] - x[1]) + jnp.sin(x.sum() / 2) + jnp.sin((x[0] - x[1]) / 2)) / 2),
    "directional_derivative": Function(partial(optimize.directional_derivative, jnp.sin), (v, v), peer=lambda x, v: jnp.cos(x) * v),
    "jacobian": Function(partial(optimize.jacobian, optimize.surface), (v[:2],), peer=jax.grad(optimize.surface)),
    "jacobian of an array": Function(lambda x: optimize.jacobian(summed_sines, x), (v,), peer=jax.jacrev(summed_sines)),
    "taylor": Function(lambda x, v: optimize.taylor(jnp.exp, x, v, order=2), (v, v), peer=lambda x, v: jnp.exp(x) * (1 + v + v**2 / 2)),
    "gradient_descent": descent(optimize.gradient_descent(0.1), optax.sgd(0.1)),
    "momentum": descent(optimize.momentum(0.1), optax.sgd(0.1, momentum=0.9)),
    "nesterov": descent(optimize.nesterov(0.1), optax.sgd(0.1, momentum=0.9, nesterov=True)),
    "rmsprop": descent(optimize.rmsprop(0.1), optax.rmsprop(0.1, eps_in_sqrt=False)),
    "adam": descent(optimize.adam(0.1), optax.adam(0.1)),
    "adamw": descent(optimize.adamw(0.1, decay=0.1), optax.adamw(0.1, weight_decay=0.1)),
    "path": Function(lambda x: optimize.path(optimize.surface, optimize.adam(0.1), x, 3), (v[:2],)),
    "cosine": Function(lambda: jax.vmap(optimize.cosine(0.3, 9, 0.1))(jnp.arange(12)), (), gradient=False),
    "warm_up": Function(lambda: jax.vmap(optimize.warm_up(optimize.cosine(0.3, 6), 3))(jnp.arange(12)), (), gradient=False),
    "perceptron": Function(perceptron.perceptron, (v, v, one), peer=lambda x, w, b: 2 * jnp.heaviside(w @ x + b, 0.0) - 1),
    "perceptron_step": Function(perceptron.perceptron_step, (v, one, v, -jnp.ones(())), gradient=False),
    "perceptron_path": Function(lambda x: perceptron.perceptron_path(x, jnp.sign(x[:, 0]), 2), (m,), gradient=False),
    "mistake_bound": Function(perceptron.mistake_bound, (m, jnp.sign(m[:, 0]), jnp.eye(4)[0], 0 * one)),
    "power_law": Function(scaling.power_law, (jnp.abs(v), one, one, one)),
    "fit_power_law": Function(lambda: scaling.fit_power_law(jnp.arange(1.0, 5), jnp.abs(v) + 1), (), gradient=False),
    "bootstrap_power_law": Function(lambda: scaling.bootstrap_power_law(KEY, jnp.arange(1.0, 5), jnp.abs(m) + 1, 3), (), gradient=False),
    "bigram_logits": Function(lambda: bigram.bigram_logits(jnp.array([0, 2, 1, 2]), 3), (), gradient=False),
    "next_token": Function(lambda: bigram.next_token(v, 1 + one**2, jnp.array(0.3)), (), gradient=False),
    "generate": Function(lambda: bigram.generate(m, label, 3, 1 + one**2, KEY), (), gradient=False),
    "dense": Function(dense.dense, (v, m, v)),
    "step": Function(activations.step, (v,), peer=lambda x: jnp.heaviside(x, 1.0), gradient=False),
    "sigmoid": Function(activations.sigmoid, (9 * v,), peer=jax.nn.sigmoid),
    "relu": Function(activations.relu, (v,), peer=jax.nn.relu),
    "leaky_relu": Function(activations.leaky_relu, (v,), peer=jax.nn.leaky_relu),
    "softplus": Function(activations.softplus, (9 * v,), peer=jax.nn.softplus),
    "elu": Function(partial(activations.elu, alpha=0.7), (v,), peer=partial(jax.nn.elu, alpha=0.7)),
    "gelu": Function(activations.gelu, (v,), peer=partial(jax.nn.gelu, approximate=False)),
    "silu": Function(activations.silu, (9 * v,), peer=jax.nn.silu),
    "prelu": Function(activations.prelu, (one, one)),
    "swish": Function(activations.swish, (one, one)),
    "apl": Function(activations.apl, (one, v, v)),
    "kaf": Function(activations.kaf, (one, v)),
    "glu": Function(gated.glu, (v, m, m)),
    "swiglu": Function(gated.swiglu, (v, m, m, m)),
    "maxout": Function(gated.maxout, (v, heads, drawn(2, 2))),
    "splines": Function(lambda x: kan.splines(x, 7), (one,), peer=lambda x: peers.splines(x, 7)),
    "kan_layer": Function(kan.kan_layer, (v, m, drawn(4, 4, 6))),
    "positions": Function(lambda: coordinates.positions(3, 4), (), gradient=False),
    "fourier_features": Function(coordinates.fourier_features, (v, m)),
    "bins": Function(lambda h, x: approximation.bins(h, 0.0, 1.0, 20.0)(x), (v, one[None])),
    "middles": Function(lambda: approximation.middles(jnp.sin, 4, 0.0, 1.0), (), gradient=False),
    "conv2d": Function(partial(conv.conv2d, stride=2, padding="same"), (image, kernel)),
    "conv2d of a small image": Function(conv.conv2d, (image, kernel)),
    "conv2d of single pixels": Function(conv.conv2d, (image, kernel[:1, :1]), peer=lambda x, w: x @ w[0, 0]),
    "library_conv2d": Function(conv.library_conv2d, (image, kernel)),
    "fft_conv2d": Function(conv.fft_conv2d, (image, kernel)),
    "conv_matrix": Function(lambda w: conv.conv_matrix(w, 4, 5), (kernel,)),
    "patches": Function(lambda x: conv.patches(x, 3, 2, padding="same", stride=2), (image,)),
    "locally_connected": Function(conv.locally_connected, (image, drawn(7, 7, 3, 3, 4, 2))),
    "conv_transpose2d": Function(partial(conv.conv_transpose2d, stride=2), (image, kernel)),
    "depthwise_conv2d": Function(conv.depthwise_conv2d, (image, drawn(3, 3, 4))),
    "separable_conv2d": Function(conv.separable_conv2d, (image, drawn(3, 3, 4), m)),
    "banded_conv2d": Function(toeplitz.banded_conv2d, (image, kernel)),
    "band": Function(lambda w: toeplitz.band(w, 5), (kernel,)),
    "max_pool2d": Function(lambda x: conv.max_pool2d(x, 2, padding="same"), (image,)),
    "max_pool2d valid": Function(lambda x: conv.max_pool2d(x, 3, stride=2), (image,), peer=peers.max_pool),
    "avg_pool2d": Function(lambda x: conv.avg_pool2d(x, 2, padding="same"), (image,)),
    "avg_pool2d valid": Function(lambda x: conv.avg_pool2d(x, 3, stride=2), (image,), peer=peers.avg_pool),
    "global_avg_pool": Function(conv.global_avg_pool, (image,), peer=peers.global_avg_pool),
    "pool": Function(lambda x, mask: sets.pool(x, how="max", mask=mask), (m, keep)),
    "deep_set": Function(lambda x, mask: sets.deep_set(x, jnp.sin, jnp.cos, mask=mask), (m, keep)),
    "equivariant": Function(lambda x, mask: sets.equivariant(x, m, m, v, mask=mask), (m, keep)),
    "graph_conv": Function(graph.graph_conv, (m, m, m)),
    "graph_conv of a CSR": Function(graph.graph_conv, (NODES, STAR, m)),
    "neighbours_first": Function(neighbours_first, (m, m, m), peer=lambda x, a, w: a @ (x @ w)),
    "normalise": Function(graph.normalise, (jnp.abs(m),)),
    "normalise a CSR": Function(lambda a: graph.normalise(a, self_loops=False).values, (STAR,)),
    "attention": Function(attention.attention, (m, m, m), peer=peers.attention),
    "attention masked": Function(attention.attention, (m, m, m, m > 0)),
    "attention_chunked": Function(partial(attention_chunked, chunk=3), (m, m, m), peer=peers.attention),
    "attention_chunked causal": Function(causal, (m, m, m), peer=partial(peers.attention, causal=True)),
    "attention_chunked masked": Function(causal, (m, m, m, m > 0)),
    "multi_head_attention": Function(attention.multi_head_attention, (m, m, heads, heads, heads, merge)),
    "squared_error": Function(losses.squared_error, (one, one + 1)),
    "absolute_error": Function(losses.absolute_error, (one, one + 1)),
    "huber": Function(losses.huber, (one, one + 3)),
    "hinge": Function(losses.hinge, (one / 9, jnp.ones(()))),
    "cross_entropy": Function(losses.cross_entropy, (v, label)),
    "binary_cross_entropy": Function(losses.binary_cross_entropy, (one, jnp.ones(()))),
    "gaussian_nll": Function(losses.gaussian_nll, (one, one + 1, one)),
    "accuracy": Function(losses.accuracy, (v, label)),
    "glorot": Function(lambda: init.glorot(KEY, 4, 3), (), gradient=False),
    "he": Function(lambda: init.he(KEY, 4, 3), (), gradient=False),
    "lecun": Function(lambda: init.lecun(KEY, 4, 3), (), gradient=False),
    "orthogonal": Function(lambda: init.orthogonal(KEY, 4, 3), (), gradient=False),
    "variance_scaling": Function(lambda: init.variance_scaling(KEY, 4, 3, variance=1.0, distribution="uniform"), (), gradient=False),
    "roc_curve": Function(lambda: losses.roc_curve(v, keep)[:2], (), gradient=False),
    "roc_auc": Function(lambda: losses.roc_auc(v, keep), (), gradient=False),
    "confusion_matrix": Function(lambda: losses.confusion_matrix(label[None], label[None], 2), (), gradient=False),
}  # fmt: skip

# computed in Python, with no array to lower
ON_THE_HOST = {"fans", "receptive_field", "CSR", "Kind", "Typed", "widest_margin"}
ON_THE_HOST |= {"words", "most_common", "symbolic"}


def make(name: str, seed: int = 0) -> Any:
    """Return a module whose biases are not zero, since some laws hold for zeros."""
    model = MODULES[name].init(key=jax.random.key(seed))
    leaves, tree = jax.tree.flatten(model)
    keys = jax.random.split(jax.random.key(99), len(leaves))
    pairs = zip(leaves, keys, strict=True)
    moved = [leaf + 0.1 * normal(k, leaf.shape) for leaf, k in pairs]
    return jax.tree.unflatten(tree, moved)


def draw(shapes: Shapes, seed: int = 1, batch: tuple[int, ...] = ()) -> tuple[Any, ...]:
    keys = jax.random.split(jax.random.key(seed), len(shapes))
    return tuple(normal(k, batch + s) for k, s in zip(keys, shapes, strict=True))
