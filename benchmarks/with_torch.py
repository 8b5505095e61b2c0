"""PyTorch, eager and compiled, with the loop of its tutorials."""

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from benchmarks.problem import RATE, Problem


def train(problem: Problem, start, batches, compiled: bool) -> Callable[[], float]:
    mean_loss = nn.CrossEntropyLoss()

    def run_with(model: nn.Module, call: Callable) -> float:
        optimizer, losses = torch.optim.Adam(model.parameters(), lr=RATE), []
        for x, y in batches():
            optimizer.zero_grad()
            value = mean_loss(call(x), y)
            value.backward()
            optimizer.step()
            losses.append(value.detach())
        return problem.last(torch.stack(losses).tolist())

    def eager() -> float:
        model = copy.deepcopy(start)
        return run_with(model, model)

    if not compiled:
        return eager
    model, weights = copy.deepcopy(start), start.state_dict()
    call = torch.compile(model)

    def run() -> float:
        model.load_state_dict(weights)  # a new copy would be compiled anew
        return run_with(model, call)

    return run


def put(parameter: torch.Tensor | None, array: np.ndarray) -> None:
    assert parameter is not None
    with torch.no_grad():
        parameter.copy_(torch.tensor(array))


def linear(w: np.ndarray, b: np.ndarray | None = None) -> nn.Linear:
    layer = nn.Linear(*w.shape, bias=b is not None)
    put(layer.weight, w.T)
    if b is not None:
        put(layer.bias, b)
    return layer


def conv(w: np.ndarray, b: np.ndarray, padding: int) -> nn.Conv2d:
    i, _, d, c = w.shape
    layer = nn.Conv2d(d, c, i, padding=padding)
    put(layer.weight, w.transpose(3, 2, 0, 1))
    put(layer.bias, b)
    return layer


def loader(problem: Problem, x: np.ndarray) -> Callable:
    images, labels = torch.tensor(x), torch.tensor(problem.y, dtype=torch.int64)
    order = torch.tensor(problem.rows.reshape(-1, problem.rows.shape[-1]))
    return lambda: ((images[rows], labels[rows]) for rows in order)


def mlp(problem: Problem, compiled: bool = False) -> Callable[[], float]:
    w0, b0, w1, b1 = problem.weights
    model = nn.Sequential(linear(w0, b0), nn.ReLU(), linear(w1, b1))
    return train(problem, model, loader(problem, problem.x), compiled)


def mlp_one_thread(problem: Problem) -> Callable[[], float]:
    torch.set_num_threads(1)  # two may wait for each other longer than they compute
    return mlp(problem)


def mlp_compiled(problem: Problem) -> Callable[[], float]:
    return mlp(problem, compiled=True)


def lenet(problem: Problem, compiled: bool = False) -> Callable[[], float]:
    w1, b1, w3, b3, w5, b5, w6, b6, w7, b7 = problem.weights
    # an image is (channel, row, column) here, and is unrolled in that order
    w5 = w5.reshape(5, 5, 16, 120).transpose(2, 0, 1, 3).reshape(400, 120)
    model = nn.Sequential(
        *(conv(w1, b1, 2), nn.ReLU(), nn.MaxPool2d(2)),
        *(conv(w3, b3, 0), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(linear(w5, b5), nn.ReLU(), linear(w6, b6), nn.ReLU(), linear(w7, b7)),
    )
    images = np.ascontiguousarray(problem.x.transpose(0, 3, 1, 2))
    return train(problem, model, loader(problem, images), compiled)


def lenet_one_thread(problem: Problem) -> Callable[[], float]:
    torch.set_num_threads(1)  # two may wait for each other longer than they compute
    return lenet(problem)


def lenet_compiled(problem: Problem) -> Callable[[], float]:
    return lenet(problem, compiled=True)


class GCN(nn.Module):
    def __init__(self, multiply: Callable, problem: Problem):
        super().__init__()
        self.multiply = multiply
        self.first, self.second = map(linear, problem.weights)

    def forward(self, x):
        hidden = torch.relu(self.multiply(self.first(x)))
        return self.multiply(self.second(hidden))


def whole_graph(problem: Problem, model, compiled: bool) -> Callable[[], float]:
    batch = torch.tensor(problem.x), torch.tensor(problem.y, dtype=torch.int64)
    steps = problem.rows.shape[0] * problem.rows.shape[1]
    return train(problem, model, lambda: [batch] * steps, compiled)


def indexed(problem: Problem) -> Callable:
    arrays = (problem.reader, problem.read, problem.values)
    reader, read, values = map(torch.tensor, arrays)

    def multiply(x):
        terms = values[:, None] * x[read]
        return torch.zeros_like(x).index_add(0, reader, terms)

    return multiply


def graph_index_add(problem: Problem) -> Callable[[], float]:
    return whole_graph(problem, GCN(indexed(problem), problem), compiled=False)


def graph_compiled(problem: Problem) -> Callable[[], float]:
    return whole_graph(problem, GCN(indexed(problem), problem), compiled=True)


class Product(torch.autograd.Function):
    """A sparse matrix times a dense one, with the transpose given for the gradient."""

    @staticmethod
    def forward(ctx, a, transposed, x):
        ctx.transposed = transposed
        return a @ x

    @staticmethod
    def backward(ctx, g):
        return None, None, ctx.transposed @ g


def csr(problem: Problem) -> Callable:
    reader, read = torch.tensor(problem.reader), torch.tensor(problem.read)
    values, n = torch.tensor(problem.values), len(problem.x)
    a = torch.sparse_coo_tensor(torch.stack([reader, read]), values, (n, n))
    csr, transposed = a.to_sparse_csr(), a.T.coalesce().to_sparse_csr()
    return lambda x: Product.apply(csr, transposed, x)


def graph_csr(problem: Problem) -> Callable[[], float]:
    return whole_graph(problem, GCN(csr(problem), problem), compiled=False)


def graph_csr_product_first(problem: Problem) -> Callable[[], float]:
    class Net(GCN):
        def forward(self, x):
            hidden = torch.relu(self.first(self.multiply(x)))
            return self.multiply(self.second(hidden))

    return whole_graph(problem, Net(csr(problem), problem), compiled=False)


def graph_pyg(problem: Problem) -> Callable[[], float]:
    """Return PyTorch Geometric's own layer, its normalisation done beforehand."""
    from torch_geometric.nn import GCNConv

    edges = torch.stack([torch.tensor(problem.read), torch.tensor(problem.reader)])
    edges, values = edges.long(), torch.tensor(problem.values)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList()
            for w in problem.weights:
                layer = GCNConv(*w.shape, bias=False, normalize=False)
                put(layer.lin.weight, w.T)
                self.layers.append(layer)

        def forward(self, x):
            hidden = torch.relu(self.layers[0](x, edges, values))
            return self.layers[1](hidden, edges, values)

    return whole_graph(problem, Net(), compiled=False)
