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


class Finding(NamedTuple):
    """What was checked, with which result; `state` is "ok", "warn" or "fail"."""

    state: str
    subject: str
    result: str
    advice: str = ""


def diagnose() -> list[Finding]:
    """Return all findings, those about the machine first."""
    machine = [python(), memory(), disk()]
    return [*machine, *packages(), devices(), *data(), hub(), notebooks()]


def python() -> Finding:
    machine = f"{platform.system()} ({platform.machine()})"
    return Finding("ok", "Python", f"{platform.python_version()} on {machine}")


def packages() -> Iterator[Finding]:
    """Compare what is installed with what the package asks for."""
    wanted = {r.name: r for r in map(Requirement, requires("nnds") or [])}
    for name in ("jax", "jaxlib", "equinox", "optax", "numpy"):
        try:
            installed = version(name)
        except PackageNotFoundError:
            advice = f"python -m pip install {wanted.get(name, name)}"
            yield Finding("fail", name, "not installed", advice)
            continue
        need = wanted.get(name)
        if need and not need.specifier.contains(installed, prereleases=True):
            advice = f'python -m pip install "{need}"'
            yield Finding("fail", name, f"{installed} is too old", advice)
        else:
            yield Finding("ok", name, installed)


def devices() -> Finding:
    """Ask JAX for its devices, and compute one sum on the first."""
    try:
        import jax

        backend, every = jax.default_backend(), jax.devices()
        total = float(jax.numpy.arange(4.0).sum())
    except Exception as error:  # whatever a broken driver raises
        advice = 'Reinstall JAX for this machine, or set JAX_PLATFORMS="cpu".'
        return Finding(
            "fail", "devices", f"{type(error).__name__}: {error}"[:200], advice
        )
    what = f"{backend}: {len(every)} x {every[0].device_kind}"
    if total != 6:
        advice = "Its sums are wrong: update its driver and jaxlib."
        return Finding("fail", "devices", f"{what}; 0+1+2+3 gave {total}", advice)
    if backend == "cpu" and shutil.which("nvidia-smi"):
        advice = 'JAX does not use your GPU: python -m pip install "jax[cuda12]"'
        return Finding("warn", "devices", what, advice)
    return Finding("ok", "devices", what)


def memory() -> Finding:
    import psutil

    free = psutil.virtual_memory().available / 1e9
    total = psutil.virtual_memory().total / 1e9
    result = f"{free:.1f} GB of {total:.1f} GB are free"
    if free < 0.7:
        advice = "Close other programs: a lecture needs 2 GB."
        return Finding("fail", "memory", result, advice)
    if free < 2:
        advice = "Close other programs, or training may be slow."
        return Finding("warn", "memory", result, advice)
    return Finding("ok", "memory", result)


def disk() -> Finding:
    free = shutil.disk_usage(".").free / 1e9
    result = f"{free:.1f} GB are free here"
    if free < 0.2:
        return Finding("fail", "disk", result, "Delete files: 1 GB is needed.")
    if free < 1:
        return Finding("warn", "disk", result, "Data from the hub may not fit.")
    return Finding("ok", "disk", result)


def data() -> Iterator[Finding]:
    """Compare the embedded data files with their checksums."""
    try:
        from nnds.data import checksums
    except ImportError:
        yield Finding("fail", "data", "nnds.data cannot be imported", "Reinstall nnds.")
        return
    states = checksums()
    bad = {name: state for name, state in states.items() if state != "ok"}
    for name, state in bad.items():
        advice = "python -m pip install --force-reinstall --no-deps nnds"
        yield Finding("fail", "data", f"{name} is {state}", advice)
    if not bad:
        yield Finding("ok", "data", f"all {len(states)} files have the right checksum")


def hub() -> Finding:
    """Ask the Hugging Face hub for its front page, for at most `SECONDS`."""
    try:
        from huggingface_hub.constants import ENDPOINT, HF_HUB_OFFLINE
    except ImportError:
        advice = "python -m pip install datasets"
        return Finding("warn", "hub", "huggingface_hub is not installed", advice)
    advice = "Nothing, unless you want --full or data sets from the hub."
    if HF_HUB_OFFLINE:
        return Finding("warn", "hub", "switched off by HF_HUB_OFFLINE", advice)
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
        return Finding("warn", "hub", f"no answer within {SECONDS:.0f} s", advice)
    if not isinstance(answer[0], int):
        reason = getattr(answer[0], "reason", answer[0])
        return Finding("warn", "hub", f"cannot be reached: {reason}"[:120], advice)
    if answer[0] >= 400:
        return Finding("warn", "hub", f"answers with the error {answer[0]}", advice)
    return Finding("ok", "hub", "can be reached")


def notebooks() -> Finding:
    from nnds.commands.lectures import notebook_folder, notebook_paths

    result = f"{len(notebook_paths())} in {notebook_folder()}"
    if not notebook_paths():
        advice = "Reinstall nnds. Authors: python tools/nb.py release"
        return Finding("fail", "notebooks", result, advice)
    if not os.access(".", os.W_OK):
        advice = "This folder cannot be written to: change to another, or use --out."
        return Finding("warn", "notebooks", result, advice)
    return Finding("ok", "notebooks", result)
