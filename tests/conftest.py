"""What every test runs under: no silent broadcasting between ranks, small examples."""

import os
from importlib.metadata import version

import hypothesis
import jax
import psutil

# Nearly all time of the suite is spent in compiling programs that run once. What users
# have, XLA's defaults, is what the gate's runs on the newest and the oldest JAX use.
if version("jaxlib").startswith("0.10."):  # others do not know these flags, and abort
    quick = "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
    os.environ.setdefault("XLA_FLAGS", quick)

jax.config.update("jax_numpy_rank_promotion", "raise")
hypothesis.settings.register_profile(
    "nnds", deadline=None, derandomize=True, max_examples=25, database=None
)
hypothesis.settings.load_profile("nnds")


def pytest_configure(config):
    """Let all workers, and the next run, share what XLA has compiled."""
    cache = getattr(config, "cache", None)
    if cache is None:  # pytest -p no:cacheprovider
        return
    folder = cache.mkdir("xla")
    files = list(folder.iterdir())
    if not hasattr(config, "workerinput") and len(files) > 20_000:
        for file in files:  # from many versions of the code: start anew
            file.unlink(missing_ok=True)
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def pytest_runtest_teardown(item, nextitem):
    """Let go of compiled programs between files, or a worker grows to 7 GB."""
    done = nextitem is None or nextitem.path != item.path
    if done and psutil.Process().memory_info().rss > 2 << 30:
        jax.clear_caches()
