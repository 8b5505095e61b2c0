"""Who races: `{name: "module:function"}`. nnds comes first, and "JAX" is the floor."""

MLP = {
    "nnds": "ours:mlp",
    "nnds, chunk=1": "ours:mlp_loop",
    "JAX, loop": "floor:mlp_loop",
    "JAX, scan": "floor:mlp_scan",
    "Equinox": "with_equinox:mlp",
    "Flax NNX": "with_flax:mlp",
    "PyTorch": "with_torch:mlp",
    "PyTorch, 1 thread": "with_torch:mlp_one_thread",
    "PyTorch, compiled": "with_torch:mlp_compiled",
}
LENET = {
    "nnds": "ours:lenet",
    "nnds, chunk=1": "ours:lenet_loop",
    "JAX, loop, banded": "floor:lenet_loop_banded",
    "JAX, loop, banded, pool by reshape": "floor:lenet_loop_reshape",
    "JAX, loop, lax.conv": "floor:lenet_loop",
    "JAX, scan, banded": "floor:lenet_scan_banded",
    "Equinox": "with_equinox:lenet",
    "Flax NNX": "with_flax:lenet",
    "PyTorch": "with_torch:lenet",
    "PyTorch, 1 thread": "with_torch:lenet_one_thread",
    "PyTorch, compiled": "with_torch:lenet_compiled",
}
GRAPH = {
    "nnds": "ours:graph",
    "JAX, loop, CSR": "floor:graph_csr",
    "JAX, loop, CSR, (a x) w": "floor:graph_csr_product_first",
    "JAX, loop, segment_sum": "floor:graph_segments",
    "Equinox, segment_sum": "with_equinox:graph",
    "Flax NNX, segment_sum": "with_flax:graph",
    "PyTorch, sparse CSR": "with_torch:graph_csr",
    "PyTorch, sparse CSR, (a x) w": "with_torch:graph_csr_product_first",
    "PyTorch, index_add": "with_torch:graph_index_add",
    "PyTorch, index_add, compiled": "with_torch:graph_compiled",
    "PyTorch Geometric": "with_torch:graph_pyg",
}
