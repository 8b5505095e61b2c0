"""The laws that every module obeys, and the symmetries that each one declares.

A symmetry is declared once, in the docstring: see `nnds.checks.symmetry`. LAWS says
for each such sentence what to compute, and the slides of the lecture print it.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from catalogue import ITEMS, MODULES, NO_SYMMETRY, draw, make

from nnds.checks.symmetry import symmetries

every = pytest.mark.parametrize("name", MODULES)


def outputs(model, *args):
    return model(*args)


def mean_square(model, *args):
    return jnp.mean(model(*args) ** 2)


@every
def test_jit_equals_eager(name):
    model, args = make(name), draw(MODULES[name].shapes)
    np.testing.assert_allclose(jax.jit(outputs)(model, *args), model(*args), atol=2e-5)


@every
def test_vmap_equals_a_loop_over_distinct_rows(name):
    model, args = make(name), draw(MODULES[name].shapes, batch=(3,))
    batched = jax.vmap(model)(*args)
    rows = [model(*(a[i] for a in args)) for i in range(3)]
    assert not np.allclose(rows[0], rows[1])  # or the law would say nothing
    np.testing.assert_allclose(batched, jnp.stack(rows), atol=2e-5)


@every
def test_leaves_are_float_arrays(name):
    leaves = jax.tree.leaves(MODULES[name].init(key=jax.random.key(0)))
    assert leaves
    for leaf in leaves:
        assert isinstance(leaf, jax.Array)
        assert leaf.dtype == jnp.float32


@every
def test_gradients_are_finite_and_reach_every_leaf(name):
    model, args = make(name), draw(MODULES[name].shapes)
    grads = jax.jit(jax.grad(mean_square, argnums=tuple(range(len(args) + 1))))(
        model, *args
    )
    for path, leaf in jax.tree_util.tree_leaves_with_path(grads):
        assert jnp.isfinite(leaf).all(), path
        assert jnp.any(leaf != 0), path


@every
def test_bfloat16_in_bfloat16_out(name):
    model, args = make(name), draw(MODULES[name].shapes)
    low = jax.tree.map(lambda t: t.astype(jnp.bfloat16), (model, args))
    y = low[0](*low[1])
    assert y.dtype == jnp.bfloat16
    expected = model(*args)
    scale = jnp.abs(expected).max()
    # 8 bits of mantissa: 0.4 % an operation, and a few operations deep
    np.testing.assert_allclose(y.astype(jnp.float32), expected, atol=0.05 * scale)


@pytest.mark.parametrize(
    ("name", "shapes"), [(name, e) for name, c in MODULES.items() for e in c.edges]
)
def test_axes_of_size_one_and_zero(name, shapes):
    model, args = make(name), draw(shapes)
    y = model(*args)
    full = jax.eval_shape(model, *draw(MODULES[name].shapes))
    assert y.ndim == full.ndim
    assert y.shape[-1] == full.shape[-1]
    assert jnp.isfinite(y).all()
    grads = jax.grad(lambda m: jnp.sum(m(*args) ** 2))(model)
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(grads))


@every
def test_equal_key_equal_model_and_other_key_other_model(name):
    init = MODULES[name].init
    one, same, other = (init(key=jax.random.key(seed)) for seed in (0, 0, 1))
    assert jax.tree.structure(one) == jax.tree.structure(same)
    assert all(map(np.array_equal, jax.tree.leaves(one), jax.tree.leaves(same)))
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    for leaf, changed in pairs:
        assert not np.array_equal(leaf, changed) or not leaf.any()  # a bias starts at 0


@every
def test_siblings_differ_at_init(name):
    leaves = [
        leaf.ravel()
        for leaf in jax.tree.leaves(MODULES[name].init(key=jax.random.key(0)))
        if leaf.any()
    ]
    for i, leaf in enumerate(leaves):
        for other in leaves[:i]:
            size = min(leaf.size, other.size)
            scaled = leaf[:size] / leaf[0], other[:size] / other[0]
            assert size < 2 or not np.allclose(*scaled)  # of unequal variance too


class Symmetry(NamedTuple):
    """`read(model(*act(args))) == read(answer(model(*args)))`."""

    act: Callable
    answer: Callable
    read: Callable = lambda y: y
    shapes: tuple[tuple[int, ...], ...] | None = None


ORDER = jnp.array([3, 0, 4, 1, 2])


def same(y):
    return y


def permute(y):
    return y[ORDER]


def permute_items(x):
    return (x[ORDER],)


def permute_nodes(x, a):
    return x[ORDER], a[ORDER][:, ORDER]


def on_a_canvas(x):
    """Surround the image with blanks, so that what a shift brings in is blank."""
    return jnp.pad(x[6:-6, 6:-6], ((6, 6), (6, 6), (0, 0)))


def shift(by):
    return lambda y: jnp.roll(y, (by, -by), axis=(0, 1))


def shift_image(x):
    return (shift(2)(on_a_canvas(x)),)


def interior(y):
    """Leave out the border, where padding shows."""
    return y[2:-2, 2:-2]


def change_the_future(x):
    return (x.at[3:].multiply(-2.0),)


def past(y):
    return y[:3]


def translation(model):
    return Symmetry(shift_image, shift(2 // model.stride), interior, ((20, 20, 4),))


LAWS = {
    "Permute the items, and the output stays the same.": Symmetry(permute_items, same),
    "Permute the items, and the outputs permute with them.": Symmetry(
        permute_items, permute
    ),
    "Renumber the nodes, and the outputs are renumbered with them.": Symmetry(
        permute_nodes, permute
    ),
    "Shift the image by the stride, and away from the border the output shifts by one "
    "pixel.": translation,
    "With `causal`, change the future, and the outputs of the past stay.": Symmetry(
        change_the_future, same, past
    ),
}


def declaring(name):
    init = MODULES[name].init
    return MODULES[name].declared or getattr(init, "func", init).__self__


SYMMETRIES = [(name, law) for name in MODULES for law in symmetries(declaring(name))]


def test_each_module_declares_its_symmetry_and_each_law_is_declared():
    for name in MODULES:
        none = name.split()[0] in NO_SYMMETRY
        assert bool(symmetries(declaring(name))) != none, name
    assert {sentence for _, sentence in SYMMETRIES} == set(LAWS)


@pytest.mark.parametrize(("name", "sentence"), SYMMETRIES)
def test_symmetry(name, sentence):
    model, law = make(name), LAWS[sentence]
    law = law if isinstance(law, Symmetry) else law(model)
    args = draw(law.shapes or MODULES[name].shapes)
    if law.act is shift_image:
        args = (on_a_canvas(*args),)
    before, after = model(*args), model(*law.act(*args))
    wanted = law.read(law.answer(before))
    np.testing.assert_allclose(law.read(after), wanted, atol=2e-5, err_msg=sentence)
    if law.answer is not same:  # or it would hold for a constant too
        assert not np.allclose(law.read(after), law.read(before), atol=1e-3)


def test_causality_is_not_vacuous():
    model = make("MultiHeadAttention causal")
    (x,) = draw(ITEMS)
    jacobian = jax.jacobian(lambda x: model(x).sum(1))(x)  # (output row, input row, d)
    reads = np.abs(jacobian).sum(2) > 0
    np.testing.assert_array_equal(reads, np.tril(np.ones((5, 5), bool)))
