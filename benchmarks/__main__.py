"""`python -m benchmarks [--quick] [--only NAME] [--write benchmarks/README.md]`."""

import argparse
from pathlib import Path

from benchmarks import make, memory, table
from benchmarks.contestants import GRAPH, LENET, MLP
from benchmarks.race import race

ABOUT = """# nnds side by side with its peers

Written by `python -m benchmarks --write benchmarks/README.md`.

Every contestant trains the same problem: the same rows in the same order, from the
same weights, with Adam, in float32. Each runs in its own process, and they take
turns, A B C A B C, {rounds} rounds after a first one that is not counted; `compile`
is what the first took longer. A ratio is taken between neighbours of a round, as
other work of the machine slows both; given are the median and the range over rounds.
Above 1: slower than nnds. nnds is `nnds.train.fit` as users call it: it shuffles,
looks for numbers that are not finite at every step and keeps a history. "JAX" is
written by hand for this problem and does none of that: the fastest of them is the
floor. The last loss is the mean over the last epoch, and shows that all of them
train.
"""


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="small, to try it out")
    parser.add_argument("--only", help="mlp, lenet, graph or memory")
    parser.add_argument("--write", type=Path, help="write the table to this file")
    options = parser.parse_args()
    rounds = 2 if options.quick else 5
    parts = [
        ABOUT.format(rounds=rounds),
        f"{table.machine()} Load average at the start: {table.load_average()}.",
    ]

    def show(part: str) -> None:
        parts.append(part)
        print(part, end="\n\n", flush=True)
        if options.write:  # now, so that an interrupted run leaves what it measured
            end = f"Load average at the end: {table.load_average()}."
            text = "\n\n".join(p.strip() for p in [*parts, end])
            options.write.write_text(text + "\n")

    races = {
        "mlp": ("MLP 784-128-10, batch 128, MNIST", make.mlp, MLP, 4),
        "lenet": ("LeNet-5, batch 64, MNIST", make.lenet, LENET, 2),
        "graph": (
            "Graph convolution 32-32-8, 100,000 nodes, 1,000,000 edges",
            make.graph,
            GRAPH,
            4,
        ),
    }
    if options.only in (None, "memory"):
        # first, while this process is small: a child begins with the peak of its parent
        tokens = 4096 if options.quick else 16384
        rows = [
            [kind, f"{found['mb']:.0f}", f"{found['seconds']:.2f}"]
            for kind, found in memory.compare(tokens)
        ]
        header = ["", "peak MB of the process", "s"]
        show(
            f"## Attention, {tokens:,} tokens of width 64, one head\n\n"
            + table.markdown(header, rows)
        )
    for name, (title, build, places, length) in races.items():
        if options.only in (None, name):
            problem = build(max(length // 5, 1) if options.quick else length)
            steps = problem.rows.shape[0] * problem.rows.shape[1]
            results = race(problem, places, rounds)
            show(f"## {title}\n\n{steps} steps.\n\n{table.training(results, steps)}")


if __name__ == "__main__":
    main()
