"""The checks of annotations as a student meets them: in an interpreter of its own.

Here the functions carry the checks of jaxtyping's plugin instead, which leave ours out.
"""

import ast
import json
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from nnds.annotations.checked import checked
from nnds.annotations.hook import Loader, decorate

PREAMBLE = """
import jax, json, sys
import jax.numpy as jnp
import numpy as np
from nnds.attention import attention, attention_chunked
from nnds.conv import LeNet5, conv2d, global_avg_pool, max_pool2d
from nnds.dense import Dense, dense
from nnds.graph import CSR, graph_conv, normalise
from nnds.losses import accuracy, cross_entropy, hinge, squared_error
key, n = jax.random.key(0), lambda *shape: jnp.ones(shape)
lenet, graph = LeNet5.init(key=key), CSR.from_edges([0], [1], 3)
q, k, v = n(3, 2), n(4, 2), n(4, 5)
bytes_, w = jnp.ones((9, 9, 1), jnp.uint8), n(3, 3, 1, 2)
mask = jnp.ones((3, 4), bool)
"""
# what is called, and what the message must say
MISTAKES = {
    "lenet(n(32, 32, 1))": (
        "LeNet5 cannot take this x: axis 0 is 32, not 28",
        "expected: floating-point numbers, shape (28, 28, 1)",
        "received: float32, shape (32, 32, 1)",
    ),
    "lenet(n(8, 28, 28, 1))": ("A batch? This takes one example: jax.vmap(model)(x)",),
    "lenet(n(28, 28))": ("axis of channels missing? Add one: x[..., None]",),
    "lenet(n(1, 28, 28))": ("Channels first?", "jnp.moveaxis(x, 0, -1)"),
    "jax.jit(lambda x: lenet(x))(n(32, 32, 1))": ("axis 0 is 32, not 28",),
    "conv2d(bytes_, w)": ("it holds uint8", "x.astype(jnp.float32) / 255"),
    "conv2d(n(1, 9, 9), w)": ("axis 2 of the kernel", "Channels first?"),
    "conv2d(n(9, 9, 1), w, n(3))": ("axis c is 3 in b and 2 in w",),
    "conv2d(n(5, 9, 9, 1), w)": ("jax.vmap(lambda x: conv2d(x, w))(x)",),
    "max_pool2d(n(8, 4, 4, 1), 2)": ("jax.vmap(lambda x: max_pool2d(x, size))(x)",),
    "global_avg_pool(n(8, 4, 4, 1))": ("jax.vmap(global_avg_pool)(x)",),
    "dense(n(3), n(3, 2), n(1))": ("axis c is 1 in b and 2 in w",),
    "dense(n(4), n(3, 2), n(2))": (
        "axis d is 3 in w and 4 in x",
        "shape (d, c) with d = 4 as in x, c = 2 as in b",
    ),
    "dense([1.0, 2.0], n(2, 2), n(2))": ("of type list", "jnp.array(x)"),
    "Dense.init(3, 2, key=0)": ("Dense.init", "received: int 0", "jax.random.key(0)"),
    "Dense.init(3, 2, key=jax.random.split(key))": ("Take one: key[0]",),
    "cross_entropy(n(3), n(3))": ("A one-hot label?", "jnp.argmax(label)"),
    "cross_entropy(n(5, 3), jnp.zeros(5, int))": (
        "logits: it has 2 axes, not 1",
        "jax.vmap(cross_entropy)(logits, label)",
    ),
    "cross_entropy(n(3), n())": ("it holds float32", "label.astype(int)"),
    "accuracy(n(5, 3), jnp.zeros(5, int))": ("jax.vmap(accuracy)(logits, label)",),
    "squared_error(n(5, 1), n(5))": ("Drop it: prediction[..., 0], and map",),
    "squared_error(n(5), n(5))": ("jax.vmap(squared_error)(prediction, target)",),
    "attention(n(2, 3, 2), n(2, 4, 2), n(2, 4, 5))": ("vmap(attention)(q, k, v)",),
    "attention(q, k, n(3, 5))": ("axis m is 3 in v and 4 in k",),
    "attention_chunked(q, k, v, mask.T)": ("Transposed? mask.T fits",),
    "attention_chunked(q, k, v, mask[:, :3])": ("axis m is 3 in mask and 4 in k",),
    "attention_chunked(q, k, v, mask.astype(int))": ("mask.astype(bool)",),
    "normalise(n(3, 2))": ("axis n is 3 and 2",),
}
RIGHT = {
    "squared_error(3, 1.5)": 2.25,
    "hinge(0.25, -1)": 1.25,
    "cross_entropy(np.zeros(1), 0)": 0.0,
    "attention(q, k, v, jnp.ones((1, 4), bool)).sum()": 15.0,
    "graph_conv(np.ones((3, 1)), graph, n(1, 2)).sum()": 2.0,
    "dense(np.ones(3), n(3, 2), n(2)).sum()": 8.0,
    "jax.vmap(dense, (0, None, None))(n(7, 3), n(3, 2), n(2)).sum()": 56.0,
    "jax.jit(dense)(n(3), n(3, 2), b=n(2)).sum()": 8.0,
    "jax.grad(squared_error)(3.0, 1.0)": 4.0,
    "max_pool2d(bytes_ / 255, 3).size": 9.0,
}


def ask(expressions, **environment):
    """Return what each expression gives, or its error, in a new interpreter."""
    program = f"""{PREAMBLE}
answers = []
for text in json.loads(sys.argv[1]):
    try:
        answers.append(float(eval(text)))
    except Exception as error:
        answers.append(f"{{type(error).__name__}}: {{error}}")
print(json.dumps(answers))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, json.dumps(list(expressions))],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    )
    return dict(zip(expressions, json.loads(done.stdout), strict=True))


@pytest.fixture(scope="module")
def answers():
    return ask([*MISTAKES, *RIGHT])


@pytest.mark.parametrize("call", MISTAKES)
def test_a_mistake_is_named_with_its_likely_cause(call, answers):
    for part in MISTAKES[call]:
        assert part in str(answers[call])


@pytest.mark.parametrize("call", RIGHT)
def test_what_is_right_is_taken_and_numpy_too(call, answers):
    assert answers[call] == RIGHT[call]


def test_a_variable_turns_the_checks_off():
    call = "dense(n(3), n(3, 2), n(1)).sum()"  # a bias that broadcasts
    assert ask([call], NNDS_CHECK="0")[call] == 8


def test_a_file_is_cached_with_checks_and_without_them_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    path = tmp_path / "layer.py"
    path.write_text(
        "from jaxtyping import Array, Float\n"
        'def twice(x: Float[Array, " d"]):\n    return 2 * x\n'
    )
    for loader in [SourceFileLoader, Loader] * 2:
        spec = spec_from_loader("layer", loader("layer", str(path)))
        layer = module_from_spec(spec)
        spec.loader.exec_module(layer)
        assert hasattr(layer.twice, "__wrapped__") == (loader is Loader)
    assert len(list(tmp_path.glob("__pycache__/*.pyc"))) == 2


@checked
def example(
    x: Float[Array, "n d"],
    y: Float[Array, "#n d+1 *rest"] | None = None,
    *,
    count: Int[Array, ""] | int = 0,
    keep: Bool[Array, " n"] | None = None,
    key: PRNGKeyArray | None = None,
):
    return x, y, count, keep


def test_axes_of_all_kinds():
    x = jnp.ones((3, 2))
    assert example(x)[1] is None
    for shape in [(1, 3), (3, 3, 7), (3, 9, 1, 1)]:  # a sum of axes is not computed
        example(x, jnp.ones(shape), key=jax.random.key(0))
    with pytest.raises(TypeError, match="axis n is 2 in y and 3 in x"):
        example(x, jnp.ones((2, 3)))
    with pytest.raises(TypeError, match="axis n is 2 in keep and 3 in x"):
        example(x, keep=jnp.ones(2, bool))
    with pytest.raises(TypeError, match="missing 1 required"):
        example()


def test_numpy_becomes_jax_and_what_stands_beside_an_array_is_taken():
    x, _, count, keep = example(np.ones((3, 2)), count=4, keep=np.ones(3, bool))
    assert isinstance(x, jax.Array)
    assert isinstance(keep, jax.Array)
    assert count == 4


def test_a_compiled_step_is_the_same_program():
    def plain(x):
        return example.__wrapped__(x)[0] * 2

    def with_checks(x):
        return example(x)[0] * 2

    x = jnp.ones((3, 2))
    assert str(jax.make_jaxpr(plain)(x)) == str(jax.make_jaxpr(with_checks)(x))


def test_only_functions_of_arrays_are_decorated_and_lines_stay():
    source = '"""Title."""\nX = 1\ndef f(n: int): ...\ndef g(x: Float[Array, ""]): ...'
    tree = decorate(ast.parse(source))
    marked = [f.name for f in tree.body if getattr(f, "decorator_list", None)]
    assert marked == ["g"]
    assert [node.lineno for node in tree.body if hasattr(node, "name")] == [3, 4]
