"""Graph convolution: every node reads its neighbours.

Read `convolution.py`; `sparse.py` holds the graph as its edges alone.
"""

from nnds.graph.convolution import GCN, GraphConv, graph_conv, normalise
from nnds.graph.sparse import CSR

__all__ = ["CSR", "GCN", "GraphConv", "graph_conv", "normalise"]
