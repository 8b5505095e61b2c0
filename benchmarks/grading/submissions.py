"""Submissions that differ: each function in several ways, some of them wrong."""

import json
from pathlib import Path

SOFTMAX = (
    "def softmax(x):\n    e = jnp.exp(x - jnp.max(x))\n    return e / jnp.sum(e)\n",
    "def softmax(x):\n    return jax.nn.softmax(x * {c}) if {c} == 1 else "
    "jnp.exp(x - jax.nn.logsumexp(x))\n",
    "def softmax(x):\n    x = x - x.max()\n    return jnp.exp(x) / jnp.exp(x).sum()\n",
    "def softmax(x):\n    e = jnp.exp(x * {c})\n    return e / e.sum()\n",  # wrong
)
LAYER_NORM = (
    "def layer_norm(x, gain, bias):\n    m = x.mean(1, keepdims=True)\n"
    "    v = x.var(1, keepdims=True)\n"
    "    return (x - m) / jnp.sqrt(v + 1) * gain[None] + bias[None]\n",
    "def layer_norm(x, gain, bias):\n    def row(r):\n"
    "        d = r - jnp.mean(r)\n"
    "        return d * jax.lax.rsqrt(jnp.mean(d * d) + 1) * gain + bias\n"
    "    return jax.vmap(row)(x)\n",
    "def layer_norm(x, gain, bias):\n"  # wrong axis
    "    return (x - x.mean(0)[None]) / jnp.sqrt(x.var(0) + 1)[None] * gain[None]\n",
)
MLP_LOSS = (
    "def mlp_loss(x, labels, w, v):\n"
    "    logp = jax.nn.log_softmax(jnp.tanh(x @ w) @ v)\n"
    "    return -jnp.mean(logp[jnp.arange(len(labels)), labels])\n",
    "def mlp_loss(x, labels, w, v):\n    h = jnp.tanh(x @ w)\n    z = h @ v\n"
    "    hot = jax.nn.one_hot(labels, z.shape[1])\n"
    "    every = jax.nn.logsumexp(z, axis=1) - jnp.sum(z * hot, axis=1)\n"
    "    return every.sum() / every.size\n",
    "def mlp_loss(x, labels, w, v):\n    z = jnp.tanh(x @ w) @ v\n"
    "    return optax.softmax_cross_entropy_with_integer_labels(z, labels).mean()\n",
)
TRAIN = (
    "def train(x, y, w):\n"
    "    loss = lambda w: jnp.mean({c} * (x @ w - y) ** 2) / {c}\n"
    "    step = lambda w, _: (w - 0.01 * jax.grad(loss)(w), None)\n"
    "    return jax.lax.scan(step, w, None, length=100)[0]\n",
    "def train(x, y, w):\n    @jax.jit\n    def step(w):\n"
    "        return w - 0.02 * (x.T @ (x @ w - y)) * {c} / {c} / len(x)\n"
    "    for _ in range(100):\n        w = step(w)\n    return w\n",
    "def train(x, y, w):\n    opt = optax.sgd(0.01)\n    state = opt.init(w)\n"
    "    def loss(w):\n        return jnp.mean((x @ w - y) ** 2 * {c}) / {c}\n"
    "    @jax.jit\n    def step(w, state):\n"
    "        updates, state = opt.update(jax.grad(loss)(w), state)\n"
    "        return optax.apply_updates(w, updates), state\n"
    "    for _ in range(100):\n        w, state = step(w, state)\n    return w\n",
    "def train(x, y, w):\n    def body(_, w):\n"
    "        r = x @ w - y\n        return w - 0.02 / len(x) * (r @ x) * {c} / {c}\n"
    "    return jax.lax.fori_loop(0, 100, body, w)\n",
)
IMPORTS = "import jax\nimport jax.numpy as jnp\nimport optax\n"
NAMES = ("softmax", "layer_norm", "mlp_loss", "train")


def cells(i: int) -> list[str]:
    """Return the cells of submission i; its programs hold a constant of its own."""
    forms = (SOFTMAX, LAYER_NORM, MLP_LOSS, TRAIN)
    step = (1, 2, 5, 3)  # so that the forms meet in other combinations
    constant = f"{1 + i / 64:g}"
    return [
        f[(i * s) % len(f)].replace("{c}", constant)
        for f, s in zip(forms, step, strict=True)
    ]


def solution() -> str:
    forms = (SOFTMAX[0], LAYER_NORM[0], MLP_LOSS[0], TRAIN[1])
    return IMPORTS + "\n".join(f.replace("{c}", "1") for f in forms)


def notebook(sources: list[str]) -> str:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": source,
        }
        for n, source in enumerate(sources)
    ]
    return json.dumps(
        {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    )


def write(folder: Path, count: int) -> None:
    """Write `count` submissions, as notebooks."""
    folder.mkdir(parents=True)
    for i in range(count):
        (folder / f"s{i:03}.ipynb").write_text(notebook([IMPORTS, *cells(i)]))
