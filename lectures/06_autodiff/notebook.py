# %% [markdown]
# # Lecture 6: Autodiff
#
# What does this lecture answer, and why does one want to know? Write it here.

# %%
import jax
import jax.numpy as jnp
import numpy as np

from nnds import plot
from nnds.autodiff import blend_autodiff
from nnds.grading import check, solved
from nnds.results import claim, value

# %% [markdown]
# ## A first section
#
# The layer is one line, $(1 - t)\, x + t\, y$.
#
# **Predict:** how far from the first point is the result at a quarter of the way?
#
# <details><summary>Answer</summary>
# At a quarter of the distance: the way is a straight line, and goes at an even pace.
# </details>

# %%
x, y = jnp.array([0.0, 0.0]), jnp.array([3.0, 4.0])
t = jnp.linspace(0, 1, 5)
points = jax.vmap(lambda s: blend_autodiff(x, y, s))(t)
length = jnp.linalg.norm(points - x, axis=1)
assert jnp.allclose(points[1], 0.75 * x + 0.25 * y)
value("quarter", length[1] / length[-1], ".0%", band=(0.249, 0.251))
claim("The distance grows at an even pace", jnp.allclose(jnp.diff(length, 2), 0))

# %%
ways = {"from x": np.asarray(length), "to y": np.asarray(length[::-1])}
ax, alt = plot.lines(np.asarray(t), ways, x_label="t", y_label="distance")
plot.show(ax, alt, name="way")

# %% [markdown]
# **6.1 Blend** (5 min, 5 points). Write `my_blend_autodiff(x, y, t)`.


# %%
def my_blend_autodiff(x, y, t):
    ### BEGIN SOLUTION
    distance_to_go = y - x
    return x + t * distance_to_go
    ### END SOLUTION


check(my_blend_autodiff)

# %% [markdown]
# What you wrote is used here as soon as it is right.

# %%
blend = solved(my_blend_autodiff, otherwise=blend_autodiff)
half = blend(x, y, jnp.array(0.5))
claim("Half of the way is in the middle", jnp.allclose(half, (x + y) / 2))

# %% [markdown]
# ## What you know now
#
# One exercise, 5 points. Say what was learned, and what comes next.
