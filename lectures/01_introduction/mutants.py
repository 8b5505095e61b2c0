"""Wrong solutions of the exercises of this lecture, each with where it was seen."""

import jax
import jax.numpy as jnp
from exercises.mutant import mutant
from exercises.rooms import solutions_beside

solutions = solutions_beside(__file__)

# perceptron_step ---------------------------------------------------------------


def moved(w, b, x, y, wrong):
    return jnp.where(wrong, w + y * x, w), jnp.where(wrong, b + y, b)


@mutant("perceptron_step", "values", "constructed: no test", says="at every example")
def always_moves(w, b, x, y):
    return w + y * x, b + y


@mutant("perceptron_step", "values", "constructed: > for <=", says="where it is right")
def moves_where_right(w, b, x, y):
    return moved(w, b, x, y, y * (w @ x + b) > 0)


@mutant(
    "perceptron_step",
    "values",
    "stackoverflow 34477827: starts at zeros and never learns",
    says="point on the line pass",
)
def accepts_the_line(w, b, x, y):
    return moved(w, b, x, y, y * (w @ x + b) < 0)


@mutant("perceptron_step", "values", "constructed: minus for plus", says="away from")
def moves_away(w, b, x, y):
    wrong = y * (w @ x + b) <= 0
    return jnp.where(wrong, w - y * x, w), jnp.where(wrong, b - y, b)


@mutant("perceptron_step", "values", "constructed: no label", says="whatever its label")
def adds_x(w, b, x, y):
    wrong = y * (w @ x + b) <= 0
    return jnp.where(wrong, w + x, w), jnp.where(wrong, b + 1, b)


@mutant("perceptron_step", "values", "constructed: b fixed", says="left b as it was")
def forgets_the_bias(w, b, x, y):
    return solutions.perceptron_step(w, b, x, y)[0], b


@mutant("perceptron_step", "values", "constructed: y w.x", says="b out of the score")
def scores_without_b(w, b, x, y):
    return moved(w, b, x, y, y * (w @ x) <= 0)


@mutant("perceptron_step", "values", "constructed: one result", says="w alone")
def returns_w_alone(w, b, x, y):
    return solutions.perceptron_step(w, b, x, y)[0]


@mutant(
    "perceptron_step",
    "values",
    "Widrow & Hoff (1960): the delta rule, often called the perceptron's",
    says="size of the error",
)
def follows_the_delta_rule(w, b, x, y):
    error = y - (w @ x + b)
    return w + error * x, b + error


@mutant(
    "perceptron_step",
    "values",
    "Raschka's Perceptron: update = eta * (target - prediction)",
    says="twice as far",
)
def adds_target_minus_answer(w, b, x, y):
    error = y - jnp.where(y * (w @ x + b) > 0, y, -y)
    return w + error * x, b + error


@mutant("perceptron_step", "jit", "jax.errors.TracerBoolConversionError: `if`")
def branches(w, b, x, y):
    return (w + y * x, b + y) if y * (w @ x + b) <= 0 else (w, b)


@mutant("perceptron_step", "no Python loop over d", "github jax-ml/jax#402: unrolled")
def sums_in_a_loop(w, b, x, y):
    total = b
    for i in range(x.shape[0]):
        total = total + w[i] * x[i]
    return moved(w, b, x, y, y * total <= 0)


# count_lenet -------------------------------------------------------------------


def counted(side, kernel, sizes, left=None, bias=1, reads=None, area=None):
    c1, c3, c5, f6, classes = sizes
    left = (side // 2 - kernel + 1) // 2 if left is None else left
    area = kernel * kernel if area is None else area
    total = c1 * (area + bias) + c3 * (area * (c1 if reads is None else reads) + bias)
    for d, c in ((left * left * c3, c5), (c5, f6), (f6, classes)):
        total += c * (d + bias)
    return total


@mutant("count_lenet", "values", "constructed: no biases", says="no biases")
def counts_no_biases(side, kernel, sizes):
    return counted(side, kernel, sizes, bias=0)


@mutant("count_lenet", "values", "constructed: +1 a layer", says="one bias a layer")
def counts_a_bias_a_layer(side, kernel, sizes):
    return counted(side, kernel, sizes, bias=0) + 5


@mutant("count_lenet", "values", "constructed: 10 x 10 to C5", says="forgot that pool")
def forgets_the_second_pooling(side, kernel, sizes):
    return counted(side, kernel, sizes, side // 2 - kernel + 1)


@mutant(
    "count_lenet",
    "values",
    "Keras' LeNet on MNIST without padding: 44,426 parameters",
    says="C1 shrink",
)
def does_not_pad(side, kernel, sizes):
    return counted(side, kernel, sizes, ((side - kernel + 1) // 2 - kernel + 1) // 2)


@mutant("count_lenet", "values", "constructed: all padded, 7 x 7", says="C3 keep")
def pads_twice(side, kernel, sizes):
    return counted(side, kernel, sizes, side // 4)


@mutant("count_lenet", "values", "constructed: left · c3", says="along one side")
def flattens_a_line(side, kernel, sizes):
    _, c3, c5, _, _ = sizes
    left = (side // 2 - kernel + 1) // 2
    return counted(side, kernel, sizes) - (left * left - left) * c3 * c5


@mutant("count_lenet", "values", "constructed: depthwise C3", says="C3 read one map")
def reads_one_map(side, kernel, sizes):
    return counted(side, kernel, sizes, reads=1)


@mutant("count_lenet", "values", "constructed: k for k²", says="kernels as lines")
def has_lines_for_kernels(side, kernel, sizes):
    return counted(side, kernel, sizes, area=kernel)


@mutant("count_lenet", "values", "constructed: four layers", says="left out the last")
def leaves_out_the_classes(side, kernel, sizes):
    return counted(side, kernel, sizes) - sizes[4] * (sizes[3] + 1)


@mutant("count_lenet", "values", "constructed: a constant", says="for any sizes")
def returns_the_constant(side, kernel, sizes):
    return jnp.array(61706)


@mutant(
    "count_lenet",
    "values",
    "LeCun et al. (1998), S2 and S4: 12 and 32 parameters",
    says="pooling parameters",
)
def trains_the_pooling(side, kernel, sizes):
    return counted(side, kernel, sizes) + 2 * (sizes[0] + sizes[1])


@mutant(
    "count_lenet", "values", "constructed: one kernel a pixel", says="as a dense layer"
)
def shares_no_weights(side, kernel, sizes):
    more = kernel * kernel * sizes[0] * (side * side - 1)
    return counted(side, kernel, sizes) + more


@mutant("count_lenet", "own work", "constructed: builds the package's network")
def builds_the_network(side, kernel, sizes):
    import nnds.conv as conv

    assert conv.LeNet5
    return counted(side, kernel, sizes)


# exponent ----------------------------------------------------------------------


def slope(u, v):
    u = u - u.mean()
    return u @ v / (u @ u)


@mutant("exponent", "values", "constructed: the slope itself", says="sign wrong")
def returns_the_slope(c, loss, floor):
    return slope(jnp.log(c), jnp.log(loss - floor))


@mutant(
    "exponent",
    "values",
    "Kaplan et al. (2020) fit no floor; Hoffmann et al. (2022) do",
    says="forgot the floor",
)
def forgets_the_floor(c, loss, floor):
    return -slope(jnp.log(c), jnp.log(loss))


@mutant("exponent", "values", "constructed: semilogx", says="logarithm of the loss")
def keeps_the_loss(c, loss, floor):
    return -slope(jnp.log(c), loss - floor)


@mutant("exponent", "values", "constructed: semilogy", says="logarithm of the size")
def keeps_the_size(c, loss, floor):
    return -slope(c, jnp.log(loss - floor))


@mutant("exponent", "values", "constructed: no log", says="no logarithm at all")
def keeps_both(c, loss, floor):
    return -slope(c, loss - floor)


@mutant("exponent", "values", "constructed: two points", says="first and the last")
def joins_the_ends(c, loss, floor):
    ends = jnp.array([0, -1])
    return -slope(jnp.log(c[ends]), jnp.log(loss[ends] - floor))


@mutant("exponent", "values", "numpy.polyfit(y, x, 1)", says="exchanged the axes")
def exchanges_the_axes(c, loss, floor):
    return -slope(jnp.log(loss - floor), jnp.log(c))


@mutant("exponent", "values", "constructed: no intercept", says="through the origin")
def goes_through_the_origin(c, loss, floor):
    u = jnp.log(c)
    return -(u @ jnp.log(loss - floor)) / (u @ u)


# next_token --------------------------------------------------------------------


def passed(p, u):
    return jnp.minimum((jnp.cumsum(p) <= u).sum(), p.shape[0] - 1)


@mutant("next_token", "values", "constructed: greedy", says="took the likeliest")
def is_greedy(logits, temperature, u):
    return jnp.argmax(logits)


@mutant("next_token", "values", "constructed: T unused", says="forgot the temp")
def forgets_the_temperature(logits, temperature, u):
    return passed(jax.nn.softmax(logits), u)


@mutant("next_token", "values", "constructed: times T", says="multiplied by")
def multiplies_by_the_temperature(logits, temperature, u):
    return passed(jax.nn.softmax(logits * temperature), u)


@mutant("next_token", "values", "constructed: softmax / T", says="the probabilities by")
def divides_the_probabilities(logits, temperature, u):
    return passed(jax.nn.softmax(logits) / temperature, u)


@mutant("next_token", "values", "constructed: off by one", says="too late")
def is_one_too_late(logits, temperature, u):
    return (jnp.cumsum(jax.nn.softmax(logits / temperature)) <= u).sum() + 1


@mutant("next_token", "values", "constructed: off by one", says="too early")
def is_one_too_early(logits, temperature, u):
    return (jnp.cumsum(jax.nn.softmax(logits / temperature)) <= u).sum() - 1


@mutant("next_token", "values", "constructed: no cumsum", says="did not sum")
def does_not_sum(logits, temperature, u):
    return jnp.argmax(jax.nn.softmax(logits / temperature) > u)


@mutant(
    "next_token",
    "values",
    "nucleus sampling code, where tokens are sorted first",
    says="began with the likeliest",
)
def sorts_first(logits, temperature, u):
    order = jnp.argsort(-logits)
    return order[passed(jax.nn.softmax(logits[order] / temperature), u)]


@mutant("next_token", "values", "constructed: reversed", says="from the last token")
def begins_at_the_end(logits, temperature, u):
    p = jax.nn.softmax(logits / temperature)
    return logits.shape[0] - 1 - passed(p[::-1], u)


@mutant("next_token", "values", "constructed: no sum", says="did not divide by")
def does_not_normalise(logits, temperature, u):
    return passed(jnp.exp(logits / temperature), u)


@mutant("next_token", "values", "constructed: int(u · v)", says="same share of u")
def shares_equally(logits, temperature, u):
    return (u * logits.shape[0]).astype(int)


@mutant(
    "next_token",
    "values",
    "cs231n: exp(1000) is infinite",
    says="exponential overflows",
)
def overflows(logits, temperature, u):
    p = jnp.exp(logits / temperature)
    return (jnp.cumsum(p / p.sum()) <= u).sum()


@mutant("next_token", "jit", "jax.errors.TracerBoolConversionError: `if`")
def walks_along(logits, temperature, u):
    p = jax.nn.softmax(logits / temperature)
    total = 0.0
    for i in range(p.shape[0]):
        total = total + p[i]
        if u < total:
            return jnp.array(i)
    return jnp.array(p.shape[0] - 1)


@mutant("next_token", "no Python loop over v", "github jax-ml/jax#402: unrolled")
def sums_each(logits, temperature, u):
    p = jax.nn.softmax(logits / temperature)
    sums = [p[: i + 1].sum() for i in range(p.shape[0] - 1)]
    return jnp.array(sum((s <= u).astype(int) for s in sums))
