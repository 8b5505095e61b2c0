"""The smallest language model: the next word, given this one alone."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray


def words(texts: Iterable[str]) -> list[str]:
    """Return the words of the texts in lower case, with "." before, between and after.

    >>> words(["Look here!", "I see"])
    ['.', 'look', 'here', '.', 'i', 'see', '.']
    """
    each = [[*re.findall(r"[a-z']+", text.lower()), "."] for text in texts]
    return [".", *(word for text in each for word in text)]


def most_common(words: Sequence[str], size: int) -> list[str]:
    """Return ".", "…" for all rare words, and the commonest others, `size` in all.

    >>> most_common([".", "a", "b", "a", "."], 3)
    ['.', '…', 'a']
    """
    known = [word for word, _ in Counter(words).most_common(size) if word != "."]
    return [".", "…", *known[: size - 2]]


def bigram_logits(
    tokens: Int[Array, " n"], vocabulary: int, prior: float = 10.0
) -> Float[Array, "{vocabulary} {vocabulary}"]:
    """Return `log P(next = j | this = i)`, estimated from one long text.

    Row i is `(count(i, j) + prior·P(j)) / (count(i) + prior)`, where P(j) is how often
    j occurs anywhere, counted one too high: rare words borrow from what is usual, and
    no probability is 0. Source: MacKay & Bauman Peto (1995), eq. 5.

    >>> logits = bigram_logits(jnp.array([0, 1, 0, 1, 0]), 2, 0.001)
    >>> jnp.exp(logits)[0].round(2).tolist()
    [0.0, 1.0]
    """
    pairs = jnp.zeros((vocabulary, vocabulary)).at[tokens[:-1], tokens[1:]].add(1)
    usual = jnp.ones(vocabulary).at[tokens].add(1)
    usual = usual / usual.sum()
    total = pairs.sum(1, keepdims=True)
    return jnp.log(pairs + prior * usual[None]) - jnp.log(total + prior)


def next_token(
    logits: Float[Array, " v"], temperature: Float[Array, ""], u: Float[Array, ""]
) -> Int[Array, ""]:
    """Return the first i with `u < p_0 + ... + p_i`, p = softmax(logits / temperature).

    For u uniform in [0, 1) token i has the probability `p_i`. The temperature is
    positive: below 1 the likely tokens gain, above 1 the unlikely ones. Source: the
    book, section 8.2.

    >>> logits = jnp.log(jnp.array([0.2, 0.5, 0.3]))
    >>> [next_token(logits, jnp.ones(()), jnp.array(u)).item() for u in (0.1, 0.6, 0.8)]
    [0, 1, 2]
    """
    p = jax.nn.softmax(logits / temperature)
    # rounding may leave the last sum below u
    return jnp.minimum((jnp.cumsum(p) <= u).sum(), p.shape[0] - 1)


def generate(
    logits: Float[Array, "v v"],
    start: Int[Array, ""],
    length: int,
    temperature: Float[Array, ""],
    key: PRNGKeyArray,
    choose: Callable[[Array, Array, Array], Array] = next_token,
) -> Int[Array, " {length}"]:
    """Return `length` tokens after `start`, each drawn given the one before alone.

    >>> never = jnp.log(jnp.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> zero = jnp.zeros((), int)
    >>> generate(never, zero, 3, jnp.ones(()), jax.random.key(0)).tolist()
    [1, 0, 1]
    """

    def one(token: Array, u: Array) -> tuple[Array, Array]:
        token = choose(logits[token], temperature, u).astype(start.dtype)
        return token, token

    return jax.lax.scan(one, start, jax.random.uniform(key, (length,)))[1]
