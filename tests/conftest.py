"""What every test runs under: no silent broadcasting between ranks, small examples."""

import hypothesis
import jax

jax.config.update("jax_numpy_rank_promotion", "raise")
hypothesis.settings.register_profile(
    "nnds", deadline=None, derandomize=True, max_examples=25, database=None
)
hypothesis.settings.load_profile("nnds")
