"""What the loops of a program cost beyond their first turn.

XLA counts the body of a loop once. Here the text of the program is read: how often each
`while` turns, and what a turn costs.
"""

import re
from collections.abc import Callable
from math import inf, prod

TENSOR = re.compile(r"tensor<((?:\d+x)*)[a-z]\w*>")
FUNCTION = re.compile(r"func\.func .*?@([\w.$]+)\(")
CALL = re.compile(r"\bcall @([\w.$]+)\(")
ARITHMETIC = re.compile(
    r"(?:stablehlo|chlo)\.(?:add|subtract|multiply|divide|power|maximum|minimum|negate|"
    r"exponential|log|logistic|tanh|sqrt|rsqrt|cosine|sine|erf|abs|reduce)\b"
)
CONSTANT = re.compile(r"(%\w+) = stablehlo\.constant dense<(-?\d+)> : tensor<u?i\d+>")
WHILE = re.compile(r"stablehlo\.while\((.*?)\)")
START = re.compile(r"(%\w+) = (%\w+)")
LESS = re.compile(r"stablehlo\.compare\s+LT, (%\w+), (%\w+)")
CONTRACTED = re.compile(r"contracting_dims = \[([\d, ]*)\]")


def repeated(text: str) -> float:
    """Return the operations of all turns after the first; infinite if not countable.

    Countable are the loops of `scan`, `map` and `fori_loop`: an integer that starts at
    a constant, grows by one, and stays below a constant.
    """
    functions: dict[str, list[str]] = {}
    body: list[str] = []
    for line in text.splitlines():
        if match := FUNCTION.search(line):
            body = functions.setdefault(match[1], [])
        body.append(line)
    known: dict[str, tuple[float, float]] = {}

    def cost(name: str) -> tuple[float, float]:
        """Return the operations of a function, and those with each loop turned once."""
        if name not in known:
            known[name] = (0.0, 0.0)  # of one that calls itself, which none does
            known[name] = _cost(functions.get(name, []), cost)
        return known[name]

    every, once = cost("main")
    return every - once


def _cost(
    lines: list[str], cost_of: Callable[[str], tuple[float, float]]
) -> tuple[float, float]:
    constants: dict[str, int] = {}
    starts: dict[str, int | None] = {}
    loops: list[tuple[int, float]] = []  # that are open: their depth, and times outside
    every = once = 0.0
    times, turns, depth = 1.0, inf, 0
    for line in lines:
        if match := CONSTANT.search(line):
            constants[match[1]] = int(match[2])
        if match := WHILE.search(line):
            starts = {k: constants.get(v) for k, v in START.findall(match[1])}
            loops.append((depth, times))
            turns = inf
        if loops and (match := LESS.search(line)) and turns == inf:
            start, end = starts.get(match[1]), constants.get(match[2])
            if start is not None and end is not None:
                turns = max(0, end - start)
        if line.strip().startswith("} do {"):
            times *= turns
        depth += line.count("{") - line.count("}")
        if loops and line.strip().startswith("}") and depth == loops[-1][0]:
            _, times = loops.pop()
        if match := CALL.search(line):
            inner, inner_once = cost_of(match[1])
            if inner:  # 0 times infinity is no number
                every, once = every + times * inner, once + inner_once
        elif operations := _operations(line):
            every, once = every + times * operations, once + operations
    return every, once


def _operations(line: str) -> float:
    sizes = [prod(map(int, m.split("x")[:-1])) for m in TENSOR.findall(line)]
    if not sizes:
        return 0.0
    if "dot_general" in line:
        shape = [int(n) for n in TENSOR.findall(line)[0].split("x")[:-1]]
        match = CONTRACTED.search(line)
        axes = [int(i) for i in match[1].split(",") if i.strip()] if match else []
        return 2.0 * sizes[-1] * prod(shape[i] for i in axes)
    return float(max(sizes)) if ARITHMETIC.search(line) else 0.0
