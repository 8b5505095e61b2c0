"""Every public function and module lowers for CPU, CUDA and TPU, with its gradient."""

import ast
import importlib
import inspect
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from catalogue import FUNCTIONS, MODULES, ON_THE_HOST, draw
from jax import export
from test_architecture import topics

PLATFORMS = ("cpu", "cuda", "tpu")
KEY = jax.random.key(0)


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


def case(name):
    """Return a program of the catalogue, its arguments, and whether it has a slope."""
    if name in FUNCTIONS:
        function, args, _, has_gradient = FUNCTIONS[name]
        return function, args, has_gradient
    module = MODULES[name]
    args = draw(module.shapes) if module.args is None else module.args
    return call, (module.init(key=KEY), *args), True


@pytest.mark.parametrize("name", [*FUNCTIONS, *MODULES])
def test_forward_and_gradient_lower_everywhere(name):
    function, args, has_gradient = case(name)
    for program in (function, partial(gradient, function))[: 1 + has_gradient]:
        exported = lowered(program, *args)
        assert exported.platforms == PLATFORMS
        assert exported.serialize()  # refuses calls that only this build of jax knows


def test_an_exported_program_gives_the_same_numbers():
    _, (model, x, mask), _ = case("DeepSet max")
    exported = lowered(lambda x, mask: model(x, mask), x, mask)
    again = export.deserialize(exported.serialize())
    (y,) = again.call(x, mask)
    np.testing.assert_allclose(y, model(x, mask), rtol=1e-5)


@pytest.mark.parametrize("topic", sorted(topics() - {"pretrained"}))
def test_nothing_public_is_left_out_of_the_catalogue(topic):
    module = importlib.import_module(f"nnds.{topic}")
    names = getattr(module, "__all__", None)
    if names is None:
        kinds = ast.FunctionDef | ast.ClassDef
        tree = ast.parse(inspect.getsource(module))
        names = [n.name for n in tree.body if isinstance(n, kinds)]
        names = [n for n in names if not n.startswith("_")]
    listed = {name.split()[0] for name in (*FUNCTIONS, *MODULES)} | ON_THE_HOST
    missing = set(names) - listed
    assert not missing, f"add a line of tests/catalogue.py for each of {missing}"
