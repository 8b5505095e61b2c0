"""`nnds doctor`: what this machine has, what is wrong, and what to do about it."""

import os
import platform
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any, NamedTuple

from packaging.requirements import Requirement

SECONDS = 4.0  # to wait for the hub


class Row(NamedTuple):
    """One finding; `state` is "ok", "warn" or "fail"."""

    state: str
    what: str
    found: str
    advice: str = ""


def diagnose() -> list[Row]:
    """Return all findings, those about the machine first."""
    machine = [python(), memory(), disk()]
    return [*machine, *packages(), devices(), *data(), hub(), notebooks()]


def python() -> Row:
    found = f"{platform.python_version()}, {platform.platform(terse=True)}"
    return Row("ok", "Python", found)


def packages() -> Iterator[Row]:
    """Compare what is installed with what the package asks for."""
    wanted = {r.name: r for r in map(Requirement, requires("nnds") or [])}
    for name in ("jax", "jaxlib", "equinox", "optax", "numpy"):
        try:
            found = version(name)
        except PackageNotFoundError:
            advice = f"python -m pip install {wanted.get(name, name)}"
            yield Row("fail", name, "not installed", advice)
            continue
        need = wanted.get(name)
        if need and not need.specifier.contains(found, prereleases=True):
            advice = f'python -m pip install "{need}"'
            yield Row("fail", name, f"{found}, too old", advice)
        else:
            yield Row("ok", name, found)


def devices() -> Row:
    """Ask JAX for its devices, and compute one sum on the first."""
    try:
        import jax

        backend, found = jax.default_backend(), jax.devices()
        total = float(jax.numpy.arange(4.0).sum())
    except Exception as error:  # whatever a broken driver raises
        advice = 'reinstall JAX for this machine, or set JAX_PLATFORMS="cpu"'
        return Row("fail", "devices", f"{type(error).__name__}: {error}"[:200], advice)
    what = f"{backend}: {len(found)} x {found[0].device_kind}"
    if total != 6:
        advice = "the device computes wrong sums: update its driver and jaxlib"
        return Row("fail", "devices", f"{what}; 0+1+2+3 gave {total}", advice)
    if backend == "cpu" and shutil.which("nvidia-smi"):
        advice = 'JAX does not see the GPU: python -m pip install "jax[cuda12]"'
        return Row("warn", "devices", what, advice)
    return Row("ok", "devices", what)


def memory() -> Row:
    import psutil

    free = psutil.virtual_memory().available / 1e9
    total = psutil.virtual_memory().total / 1e9
    found = f"{free:.1f} GB free of {total:.1f} GB"
    if free < 0.7:
        return Row("fail", "memory", found, "close other programs: 2 GB are needed")
    if free < 2:
        return Row("warn", "memory", found, "close other programs: training may swap")
    return Row("ok", "memory", found)


def disk() -> Row:
    free = shutil.disk_usage(".").free / 1e9
    if free < 0.2:
        return Row("fail", "disk", f"{free:.1f} GB free here", "free 1 GB at least")
    if free < 1:
        return Row("warn", "disk", f"{free:.1f} GB free here", "hub data may not fit")
    return Row("ok", "disk", f"{free:.1f} GB free here")


def data() -> Iterator[Row]:
    """Compare the embedded data files with their checksums."""
    try:
        from nnds.data import checksums
    except ImportError:
        yield Row("fail", "data", "nnds.data cannot be imported", "reinstall nnds")
        return
    states = checksums()
    bad = {name: state for name, state in states.items() if state != "ok"}
    for name, state in bad.items():
        advice = "python -m pip install --force-reinstall --no-deps nnds"
        yield Row("fail", "data", f"{name} is {state}", advice)
    if not bad:
        yield Row("ok", "data", f"{len(states)} files, checksums right")


def hub() -> Row:
    """Ask the Hugging Face hub for its front page, for at most `SECONDS`."""
    try:
        from huggingface_hub.constants import ENDPOINT, HF_HUB_OFFLINE
    except ImportError:
        advice = "python -m pip install datasets"
        return Row("warn", "hub", "huggingface_hub is not installed", advice)
    advice = "fine for every default run; --full and other data sets need the hub"
    if HF_HUB_OFFLINE:
        return Row("warn", "hub", "off by HF_HUB_OFFLINE", advice)
    answer: list[Any] = []

    def ask() -> None:
        request = urllib.request.Request(ENDPOINT, method="HEAD")
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as reply:
                answer.append(reply.status)
        except urllib.error.HTTPError as error:
            answer.append(error.code)
        except (OSError, ValueError) as error:
            answer.append(error)

    # a thread, since looking up a name has no timeout of its own
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(SECONDS)
    if not answer:
        return Row("warn", "hub", f"no answer in {SECONDS:.0f} s", advice)
    if not isinstance(answer[0], int):
        return Row("warn", "hub", f"not reachable: {answer[0]}"[:120], advice)
    if answer[0] >= 400:
        return Row("warn", "hub", f"answers with status {answer[0]}", advice)
    return Row("ok", "hub", "reachable")


def notebooks() -> Row:
    from nnds.commands.lectures import notebook_folder, notebook_paths

    found = f"{len(notebook_paths())} in {notebook_folder()}"
    if not notebook_paths():
        advice = "reinstall nnds; authors: python tools/nb.py release"
        return Row("fail", "notebooks", found, advice)
    if not os.access(".", os.W_OK):
        return Row("warn", "notebooks", found, "cannot write here: use --out or cd")
    return Row("ok", "notebooks", found)
