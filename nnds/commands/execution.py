"""Execute notebooks, and write what they showed."""

import base64
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

# refuses every connection but those of Jupyter itself, which are local
OFFLINE = """
import sys
def refuse(event, args):
    if event == "socket.getaddrinfo": host = args[0]
    elif event == "socket.connect": host = args[1][0] if type(args[1]) is tuple else ""
    else: return
    host = host.decode() if isinstance(host, bytes) else str(host or "")
    if host not in ("", "localhost", "::1") and not host.startswith("127."):
        raise OSError(f"network blocked: {event} to {host}")
sys.addaudithook(refuse)
"""
# one thread for the arithmetic, so that two notebooks share two cores well; what runs
# for seconds is compiled with less care, which is a third less processor in all
QUICK = "--xla_cpu_multi_thread_eigen=false --xla_backend_optimization_level=1"
if version("jaxlib").startswith("0.10."):  # others do not know this flag, and abort
    QUICK += " --xla_cpu_use_fusion_emitters=false"
SINGLE = {
    "XLA_FLAGS": QUICK,
    "NPROC": "1",  # of XLA's own pool
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
START = 'import runpy; runpy.run_module("ipykernel_launcher", run_name="__main__")'


@dataclass
class Cost:
    """What a kernel used: seconds of processor and, on Linux, the most MB it held."""

    seconds: float = 0.0
    megabytes: float = 0.0

    def measure(self, pid: int | None) -> None:
        """Read the cost of a process that runs, and of those that it started."""
        import psutil

        try:
            kernel = psutil.Process(pid)
            for process in (kernel, *kernel.children(recursive=True)):
                self.seconds += sum(process.cpu_times()[:4])  # own and of the ended
            status = Path(f"/proc/{pid}/status")
            if status.is_file():
                most = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
                self.megabytes = int(most[1]) / 1e3 if most else 0.0
        except psutil.NoSuchProcess:
            pass  # it died, which the run reports


class _OwnKernel(AsyncKernelManager):
    """Starts the interpreter that runs us, whatever kernelspecs are installed."""

    before = ""

    @property
    def kernel_spec(self) -> KernelSpec:
        code = f"{self.before}\n{START}"
        # warnings of the kernel itself say nothing to a student
        options = ["-f", "{connection_file}", "--log-level=ERROR"]
        return KernelSpec(
            argv=[sys.executable, "-c", code, *options],
            display_name="Python 3",
            language="python",
        )


class _OfflineKernel(_OwnKernel):
    before = OFFLINE


class _Client(NotebookClient):
    """Tells what a cell prints while it still runs."""

    on_text: Callable[[str], Any] | None = None

    def process_message(self, msg: Any, cell: NotebookNode, cell_index: int) -> Any:
        if self.on_text and msg["msg_type"] == "stream":
            self.on_text(msg["content"]["text"])
        return super().process_message(msg, cell, cell_index)


def _pid(client: NotebookClient) -> int | None:
    return getattr(getattr(client.km, "provisioner", None), "pid", None)


def read(path: Path) -> NotebookNode:
    """Return the notebook at `path`; ValueError when it is not one."""
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except (ValueError, AttributeError, nbformat.ValidationError) as error:
        raise ValueError(f"{path} is not a notebook: {error}") from error


def write(nb: NotebookNode, path: Path) -> None:
    """Write `nb`, byte for byte the same on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = nbformat.writes(nb).rstrip("\n") + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def headings(nb: NotebookNode) -> list[str]:
    """Return for every cell the Markdown heading it stands under, or ""."""
    found, now = [], ""
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"^```.*?^```", "", cell.source, flags=re.M | re.S)
            now = ([now, *re.findall(r"^#+ +(.*?)\s*$", prose, flags=re.M)])[-1]
        found.append(now)
    return found


def execute(
    nb: NotebookNode,
    where: Path,
    *,
    before_cell: Callable[[int], Any] | None = None,
    on_text: Callable[[str], Any] | None = None,
    network: bool = True,
    full: bool = False,
    single: bool = False,
    timeout: float | None = None,
    cost: Cost | None = None,
) -> None:
    """Run the cells of `nb` in place, in a kernel of this interpreter in `where`.

    `before_cell` gets the index of each cell before it starts, `on_text` what a cell
    prints, at once; `full` sets NNDS_FULL=1; `single` runs the arithmetic on one
    thread; `cost` receives what the kernel used. A cell that raises, or runs over
    `timeout` seconds, or Ctrl-C, stops the run: the exception passes on, and `nb` keeps
    what has run so far.
    """
    env = os.environ | {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    env |= {"NNDS_FULL": "1"} if full else {}
    env |= SINGLE if single else {}
    env["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # else the debugger warns in cell 1
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = _Client(
        nb,
        timeout=timeout,
        record_timing=False,
        coalesce_streams=True,  # a progress bar leaves its last state only
        resources={"metadata": {"path": str(where)}},
        kernel_manager_class=_OwnKernel if network else _OfflineKernel,
    )
    client.on_text = on_text
    client.reset_execution_trackers()
    with client.setup_kernel(env=env):
        try:
            for index, cell in enumerate(nb.cells):
                if before_cell:
                    before_cell(index)
                client.execute_cell(cell, index)
        finally:
            if cost is not None:
                cost.measure(_pid(client))
        client.set_widgets_metadata()


def write_figures(nb: NotebookNode, where: Path) -> list[Path]:
    """Write the figures of an executed notebook as PNG, and their alt in `figures.md`.

    A figure is named by cell and heading: `07-learned-filters.png`.
    """
    where.mkdir(parents=True, exist_ok=True)
    files, lines = [], ["# Figures\n"]
    for index, (cell, heading) in enumerate(zip(nb.cells, headings(nb), strict=True)):
        shown = [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
        slug = re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")[:40]
        for k, output in enumerate(shown):
            name = "-".join(
                filter(None, [f"{index:02d}", slug, str(k + 1) if k else ""])
            )
            path = where / f"{name}.png"
            path.write_bytes(base64.b64decode(output.data["image/png"]))
            alt = output.metadata.get("image/png", {}).get("alt", "No description.")
            lines.append(f"![{alt.replace('[', '(').replace(']', ')')}]({path.name})\n")
            lines.append(f"{alt}\n")
            files.append(path)
    text = "\n".join(lines)
    (where / "figures.md").write_text(text, encoding="utf-8", newline="\n")
    return files
