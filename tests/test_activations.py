"""Activations, gates and curves: what no catalogue can ask of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnds import activations
from nnds.activations import APL, KAF, PReLU, Swish, kaf, sigmoid, step, swish
from nnds.approximation import bins, middles
from nnds.coordinates import FourierNetwork, fourier_features
from nnds.dense import MLP, AdaptiveMLP
from nnds.gated import maxout
from nnds.kan import KAN, splines

KEY = jax.random.key(0)
ANY = jnp.array([-3e38, -1e4, -88.0, -20.0, -1.0, 0.0, 1.0, 20.0, 88.0, 1e4, 3e38])
FIXED = ("step", "sigmoid", "relu", "leaky_relu", "softplus", "elu", "gelu", "silu")
EVEN = jnp.linspace(-1, 1, 6)
TRAINABLE = {
    "prelu": (jnp.array(0.25),),
    "swish": (jnp.array(1.0),),
    "apl": (EVEN, EVEN),
    "kaf": (EVEN,),
}
every = pytest.mark.parametrize("name", [*FIXED, *TRAINABLE])


@every
def test_any_number_gives_a_finite_value_and_a_finite_slope(name):
    f, parameters = getattr(activations, name), TRAINABLE.get(name, ())
    which = tuple(range(1 + len(parameters)))
    both = jax.value_and_grad(f, which)
    for x in ANY if name != "apl" else ANY[1:-1]:  # a sum of numbers that large
        value, slopes = both(x, *parameters)
        assert jnp.isfinite(value), x
        for slope in slopes:
            assert jnp.isfinite(slope).all(), x


@every
def test_slope_is_the_difference_quotient(name):
    f, parameters = getattr(activations, name), TRAINABLE.get(name, ())
    for x in (-2.31, -0.47, 0.53, 1.37):
        up, down = (
            f(jnp.array(x + 5e-3), *parameters),
            f(jnp.array(x - 5e-3), *parameters),
        )
        slope = jax.grad(f)(jnp.array(x), *parameters)
        np.testing.assert_allclose(slope, (up - down) / 1e-2, atol=2e-3)


def test_sigmoid_keeps_small_probabilities():
    assert 4.24e-18 < sigmoid(jnp.array(-40.0)) < 4.26e-18


def test_swish_goes_from_a_line_to_relu():
    x = jnp.linspace(-3, 3, 13)
    at = lambda beta: jax.vmap(swish)(x, jnp.full(13, beta))  # noqa: E731
    np.testing.assert_allclose(at(0.0), x / 2, atol=1e-6)
    np.testing.assert_allclose(at(1.0), activations.silu(x), atol=1e-6)
    np.testing.assert_allclose(at(200.0), activations.relu(x), atol=1e-6)


@pytest.mark.parametrize("layer", [PReLU, Swish])
def test_one_parameter_serves_all_units(layer):
    shared = layer.init(1, key=KEY)
    (leaf,) = jax.tree.leaves(shared)
    own = layer(jnp.full(5, leaf[0]))
    x = jnp.linspace(-2, 2, 5)
    np.testing.assert_array_equal(shared(x), own(x))


@pytest.mark.parametrize("layer", [PReLU, Swish, APL, KAF])
def test_each_unit_reads_its_own_parameters(layer):
    model, x = layer.init(4, key=KEY), jnp.array([-1.0, 0.5, -0.3, 2.0])
    moved = jax.tree.map(lambda leaf: leaf.at[2].add(1.0), model)
    changed = np.flatnonzero(np.asarray(model(x) != moved(x)))
    assert set(changed) == {2}


def test_kaf_can_copy_tanh_on_its_points():
    x = jnp.linspace(-3, 3, 20)
    bumps = jax.vmap(lambda t: jax.vmap(lambda row: kaf(t, row))(jnp.eye(20)))(x)
    alpha = jnp.linalg.lstsq(bumps, jnp.tanh(x))[0]
    made = jax.vmap(lambda t: kaf(t, alpha))(x)
    np.testing.assert_allclose(made, jnp.tanh(x), atol=0.01)


def test_sizes_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="two points or more; got 1"):
        kaf(jnp.array(0.0), jnp.ones(1))
    with pytest.raises(ValueError, match="4 or more; got 3"):
        splines(jnp.array(0.0), 3)
    with pytest.raises(ValueError, match=r"got \[3\]"):
        KAN.init([3], key=KEY)
    with pytest.raises(ValueError, match=r"from 1\.0 to 1\.0"):
        bins(jnp.ones(2), 1.0, 1.0)


def test_adaptive_mlp_with_no_bend_in_its_activation_is_linear():
    model = AdaptiveMLP.init([3, 5, 2], PReLU.init, key=KEY)
    straight = PReLU(slope=jnp.ones(5))
    line = AdaptiveMLP(model.layers, (straight,))
    first, last = line.layers
    x = jnp.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(line(x), last(first(x)), atol=1e-6)
    assert not np.allclose(model(x), line(x))


def test_relu_is_maxout_with_nothing():
    w = jnp.stack([jnp.eye(3), jnp.zeros((3, 3))], axis=1)
    x = jnp.array([-1.0, 0.0, 2.0])
    np.testing.assert_array_equal(maxout(x, w, jnp.zeros((2, 3))), activations.relu(x))


def test_splines_add_up_to_one_inside_and_vanish_outside():
    total = jax.vmap(lambda x: splines(x, 7).sum())
    np.testing.assert_allclose(total(jnp.linspace(-1.99, 1.99, 50)), 1, atol=1e-5)
    np.testing.assert_array_equal(total(jnp.array([-1e30, -9.0, 9.0, 1e30])), 0)


@pytest.mark.parametrize("steepness", [None, 400.0])
@pytest.mark.parametrize("m", [5, 15, 50])
def test_bins_are_2m_neurons_within_the_bound(m, steepness):
    stop = 2 * np.pi
    network = bins(middles(jnp.sin, m, 0.0, stop), 0.0, stop, steepness)
    assert isinstance(network, MLP)
    assert network.layers[0].w.shape == (1, 2 * m)
    x = (jnp.arange(1000) + 0.5) * stop / 1000
    inside = jnp.abs(x % (stop / m) - stop / m / 2) < 0.45 * stop / m
    error = jnp.abs(jax.vmap(network)(x[:, None])[:, 0] - jnp.sin(x))
    assert error[inside].max() <= stop / (2 * m) + 1e-3
    if steepness is None:
        outside = jax.vmap(network)(jnp.array([[-0.1], [stop + 0.1]]))
        np.testing.assert_allclose(outside, 0, atol=1e-5)


def test_no_descent_through_steps():
    network = bins(jnp.array([1.0, 2.0]), 0.0, 1.0)
    grads = jax.grad(lambda n: n(jnp.array([0.3]))[0])(network)
    assert not grads.layers[0].w.any()
    assert grads.layers[1].w.any()
    assert step(jnp.array(0.0)) == 1


def test_waves_repeat_with_their_frequency():
    f = jnp.array([[2.0, 3.0]])
    at = lambda x: fourier_features(jnp.array([x]), f)  # noqa: E731
    np.testing.assert_allclose(at(0.2), at(1.2), atol=1e-5)
    assert not np.allclose(at(0.2), at(0.45))
    model = FourierNetwork.init([2, 8, 3], 4, key=KEY)
    x = jnp.array([0.1, -0.7])
    expected = model.mlp(fourier_features(x, model.frequencies))
    np.testing.assert_array_equal(model(x), expected)
