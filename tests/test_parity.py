"""The same numbers as jax.nn, Equinox and PyTorch, in float32.

Tolerance: each output is a sum of at most a few hundred terms, added in another order,
so the implementations differ by a few units of the seventh digit of the largest number.
Matrix products of PyTorch and XLA choose their order themselves; 1e-5 of the largest
number, or of 1, covers every case below.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from catalogue import FUNCTIONS, MODULES, draw, make

from nnds import losses
from nnds.attention import MultiHeadAttention, attention_chunked
from nnds.conv import LeNet5, conv2d
from nnds.dense import MLP
from nnds.graph import CSR, graph_conv, normalise
from nnds.sets import deep_set

ATOL = 1e-5
RNG = np.random.default_rng(0)
KEY = jax.random.key(0)


def array(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def close(ours, theirs):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    scale = max(1.0, np.abs(theirs).max(initial=0))  # rounding grows with the numbers
    np.testing.assert_allclose(ours / scale, theirs / scale, atol=ATOL)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip(
        "torch", reason="PyTorch is not installed: pip install -e '.[parity]'"
    )


# what the catalogue names as a peer: values, and gradients with respect to everything


@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if f.peer])
def test_function_equals_its_peer(name):
    call, args, peer, _ = FUNCTIONS[name]
    compare(call, peer, *args)


@pytest.mark.parametrize("name", [n for n, m in MODULES.items() if m.peer])
def test_module_equals_its_peer(name):
    model, module = make(name), MODULES[name]
    compare(model, module.peer(model), *draw(module.shapes))


def compare(ours, theirs, *args):
    def total(f):
        return lambda *args: (f(*args) ** 2).sum()

    close(ours(*args), theirs(*args))
    numbers = tuple(range(len(args)))
    for a, b in zip(
        jax.grad(total(ours), numbers)(*args),
        jax.grad(total(theirs), numbers)(*args),
        strict=True,
    ):
        close(a, b)


# Equinox and PyTorch


@pytest.mark.parametrize(
    ("stride", "dilation", "groups"), [(1, 1, 1), (2, 1, 2), (2, 2, 4)]
)
def test_conv2d_equals_equinox_and_torch(stride, dilation, groups, request):
    x, w, b = array(9, 8, 4), array(3, 2, 4 // groups, 8), array(8)
    how = {"stride": stride, "dilation": dilation, "groups": groups}
    ours = conv2d(*map(jnp.asarray, (x, w, b)), **how)
    layer = eqx.nn.Conv2d(4, 8, (3, 2), key=KEY, **how)
    kernel = w.transpose(3, 2, 0, 1)
    layer = eqx.tree_at(lambda m: (m.weight, m.bias), layer, (kernel, b[:, None, None]))
    close(ours, layer(x.transpose(2, 0, 1)).transpose(1, 2, 0))
    torch = request.getfixturevalue("torch")
    theirs = torch.nn.functional.conv2d(
        *(torch.tensor(t) for t in (x.transpose(2, 0, 1), kernel, b)), **how
    )
    close(ours, theirs.numpy().transpose(1, 2, 0))


def heads_of(weight, heads):
    """Turn a weight (heads·e, d) into (d, heads, e)."""
    return weight.T.reshape(weight.shape[1], heads, -1)


# PyTorch: values, and gradients with respect to everything


def test_losses_equal_torch(torch):
    functional = torch.nn.functional
    logits, label = array(5), 3
    x = torch.tensor(logits, requires_grad=True)
    theirs = functional.cross_entropy(x, torch.tensor(label))
    theirs.backward()
    ours, grad = jax.value_and_grad(losses.cross_entropy)(
        jnp.asarray(logits), jnp.array(label)
    )
    close(ours, theirs.item())
    close(grad, x.grad.numpy())
    p, t = array(), array()
    for ours, theirs in [
        (losses.squared_error, functional.mse_loss),
        (losses.absolute_error, functional.l1_loss),
        (losses.huber, functional.huber_loss),
    ]:
        close(ours(jnp.asarray(p), jnp.asarray(t)), theirs(*map(torch.tensor, (p, t))))
    theirs = functional.binary_cross_entropy_with_logits(
        torch.tensor(p), torch.tensor(1.0)
    )
    close(losses.binary_cross_entropy(jnp.asarray(p), jnp.array(1)), theirs)
    theirs = functional.gaussian_nll_loss(
        *map(torch.tensor, (p, t, np.exp(t))), full=True
    )
    close(losses.gaussian_nll(*map(jnp.asarray, (p, t, t))), theirs)


def test_lenet5_and_its_gradient_equal_torch(torch):
    model = LeNet5.init(key=KEY)
    nn = torch.nn
    net = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
    )  # fmt: skip
    head = nn.Sequential(
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)
    )
    convs, denses = [net[0], net[3]], [head[0], head[2], head[4]]
    with torch.no_grad():
        for layer, ours in zip(convs, [model.c1, model.c3], strict=True):
            layer.weight.copy_(torch.tensor(np.array(ours.w.transpose(3, 2, 0, 1))))
            layer.bias.zero_()
        ours = [model.c5, model.f6, model.output]
        for layer, dense in zip(denses, ours, strict=True):
            layer.weight.copy_(torch.tensor(np.array(dense.w.T)))
            layer.bias.zero_()
    x = RNG.uniform(size=(28, 28, 1)).astype(np.float32)
    maps = net(torch.tensor(x.transpose(2, 0, 1))[None])[0]
    logits = head(maps.permute(1, 2, 0).reshape(-1))  # rows, columns, then channels
    close(model(jnp.asarray(x)), logits.detach().numpy())
    loss = nn.functional.cross_entropy(logits, torch.tensor(3))
    loss.backward()
    grad = jax.grad(lambda m: losses.cross_entropy(m(jnp.asarray(x)), jnp.array(3)))(
        model
    )
    close(grad.c1.w, net[0].weight.grad.numpy().transpose(2, 3, 1, 0))
    close(grad.c3.w, net[3].weight.grad.numpy().transpose(2, 3, 1, 0))
    close(grad.c5.w, head[0].weight.grad.numpy().T)
    close(grad.output.b, head[4].bias.grad.numpy())


@pytest.mark.parametrize("causal", [False, True])
def test_attention_and_its_gradients_equal_torch(torch, causal):
    arrays = [array(6, 4) for _ in range(3)]
    q, k, v = (torch.tensor(t[None], requires_grad=True) for t in arrays)
    theirs = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
    (theirs**2).sum().backward()

    def loss(q, k, v):
        y = attention_chunked(q, k, v, chunk=4, causal=causal)
        return (y**2).sum(), y

    grads, y = jax.grad(loss, (0, 1, 2), has_aux=True)(*map(jnp.asarray, arrays))
    close(y, theirs.detach().numpy()[0])
    for ours, tensor in zip(grads, (q, k, v), strict=True):
        close(ours, tensor.grad.numpy()[0])


def test_multi_head_attention_equals_torch(torch):
    theirs = torch.nn.MultiheadAttention(6, 2, bias=False, batch_first=True)
    w_q, w_k, w_v = jnp.split(jnp.asarray(theirs.in_proj_weight.detach().numpy()), 3)
    w_o = jnp.asarray(theirs.out_proj.weight.detach().numpy())
    ours = MultiHeadAttention(
        *(heads_of(w, 2) for w in (w_q, w_k, w_v)), w_o.T.reshape(2, 3, 6)
    )
    x = array(5, 6)
    y = theirs(*(torch.tensor(x[None]),) * 3, need_weights=False)[0]
    close(ours(jnp.asarray(x)), y.detach().numpy()[0])


def test_sparse_products_equal_torch(torch):
    i, j = RNG.integers(0, 9, (2, 60))
    values, x, w = array(60), array(9, 4), array(4, 3)
    a = torch.sparse_coo_tensor(np.stack([i, j]), values, (9, 9), check_invariants=True)
    theirs = torch.sparse.mm(a, torch.tensor(x) @ torch.tensor(w))
    ours = graph_conv(jnp.asarray(x), CSR.from_edges(i, j, 9, values), jnp.asarray(w))
    close(ours, theirs.numpy())
    dense = torch.tensor((array(5, 5) > 0).astype(np.float32)) + torch.eye(5)
    scale = dense.sum(1) ** -0.5
    theirs = scale[:, None] * dense * scale[None, :]
    close(normalise(jnp.asarray(dense.numpy()), self_loops=False), theirs.numpy())


def test_deep_set_equals_torch(torch):
    x, phi = array(5, 3), MLP.init([3, 4], key=KEY)
    z = torch.tensor(x) @ torch.tensor(np.array(phi.layers[0].w))
    for how, theirs in {"sum": z.sum(0), "mean": z.mean(0), "max": z.amax(0)}.items():
        close(deep_set(jnp.asarray(x), phi, lambda s: s, how=how), theirs.numpy())
