"""What prose may not hold: results that were typed, of which nobody knows the run."""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

# maths, code and addresses may hold any number
FREE = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$|\]\([^)]*\)", re.S)
RESULT = re.compile(
    r"(?<![\w.,])(?:\d[\d,]*(?:\.\d+)?(?=\s?%|\s+per\s?cent\b)|0?\.\d+)(?![\w.]*\d)"
)
NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?:\.\d+)?|(?<![\w.])\.\d+")


def typed_results(nb: NotebookNode) -> Iterator[tuple[int, str]]:
    """Yield cell and number for each percentage or 0.xxx in prose below the first code.

    A number that stands in the code too is a setting, not a result, and is free.
    """
    code = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    settings = {number.replace("_", "") for number in NUMBER.findall(code)}
    kinds = [cell.cell_type for cell in nb.cells]
    for index in range(kinds.index("code") + 1 if "code" in kinds else 0, len(kinds)):
        cell = nb.cells[index]
        if cell.cell_type == "markdown":
            for hit in RESULT.finditer(FREE.sub(" ", cell.source)):
                if hit[0] not in settings:
                    yield index, hit[0]
