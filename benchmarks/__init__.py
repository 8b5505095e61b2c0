"""nnds side by side with its peers: `python -m benchmarks` writes the table.

Reading order: `problem` (what is trained), `ours`, `floor`, `with_equinox`,
`with_flax`, `with_torch` (who trains it), `worker` and `race` (how time is taken),
`memory`, `table`.
"""
