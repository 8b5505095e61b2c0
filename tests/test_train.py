"""The training loop: what it computes, and what it says when it cannot."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nnds.dense import MLP, Dense
from nnds.train import evaluate, fit, step
from nnds.train.batches import in_turn, refill, shuffled
from nnds.train.divergence import Diverged
from nnds.train.interrupt import interruptible

KEY = jax.random.key(0)


def squared(model, batch, key):
    error = jax.vmap(model)(batch["x"]) - batch["y"]
    return jnp.mean(error**2)


def data(rows=20, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 3)).astype(np.float32)
    return {"x": x, "y": x @ np.ones((3, 1), np.float32) + 2}


ADAM = optax.adam(0.05)
SGD = optax.sgd(0.1)
how = partial(fit, loss=squared, key=KEY, progress=False)


def leaves(model):
    return [np.asarray(a) for a in jax.tree.leaves(model)]


def close(one, other, rtol=1e-5):
    for a, b in zip(leaves(one), leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-6)


def test_one_full_batch_is_the_step_written_by_hand():
    model, rows = Dense.init(3, 1, key=KEY), data()
    trained, _ = how(model, rows, optimizer=SGD, epochs=1, batch_size=20)
    w, b = np.asarray(model.w), np.asarray(model.b)
    error = rows["x"] @ w + b - rows["y"]
    # gradient of the mean square: 2/n xᵀ(xw + b - y)
    np.testing.assert_allclose(
        trained.w, w - 0.1 * 2 / 20 * rows["x"].T @ error, rtol=1e-5
    )
    np.testing.assert_allclose(trained.b, b - 0.1 * 2 * error.mean(0), rtol=1e-5)


def test_it_learns_a_line_and_leaves_the_model_given_alone():
    model = Dense.init(3, 1, key=KEY)
    before = leaves(model)
    trained, history = how(model, data(), optimizer=ADAM, epochs=100, batch_size=4)
    np.testing.assert_allclose(trained.w, np.ones((3, 1)), atol=1e-2)
    np.testing.assert_allclose(trained.b, [2.0], atol=1e-2)
    assert len(history.train["loss"]) == len(history.seconds) == 100
    for a, b in zip(before, leaves(model), strict=True):
        np.testing.assert_array_equal(a, b)


def test_fit_is_the_loop_over_step():
    model, rows = MLP.init([3, 5, 1], key=KEY), data(10)
    trained, history = how(model, rows, optimizer=ADAM, epochs=2, batch_size=4)
    shuffling, stepping = jax.random.split(KEY)
    opt_state, count, losses = ADAM.init(model), 0, []
    for epoch in (1, 2):
        for i in shuffled(jax.random.fold_in(shuffling, epoch), 10, 4):
            batch = {name: a[i] for name, a in rows.items()}
            key = jax.random.fold_in(stepping, count)
            model, opt_state, _, metrics = step(
                model, opt_state, batch, key, loss=squared, optimizer=ADAM
            )
            count += 1
            losses.append(float(metrics["loss"]))
    close(trained, model)
    np.testing.assert_allclose(
        history.train["loss"], np.reshape(losses, (2, 3)).mean(1), rtol=1e-5
    )


def test_scan_and_loop_give_the_same_numbers():
    model = MLP.init([3, 5, 1], key=KEY)
    run_in = partial(how, model, data(22), optimizer=ADAM, epochs=3, batch_size=4)
    loop, scan = run_in(chunk=1), run_in(chunk=4)  # 6 steps: at most 4 together
    close(loop[0], scan[0])
    np.testing.assert_allclose(loop[1].train["loss"], scan[1].train["loss"], rtol=1e-5)


def test_every_step_has_a_key_of_its_own():
    def drawn(model, batch, key):
        return squared(model, batch, key), {"drawn": jax.random.uniform(key)}

    model = Dense.init(3, 1, key=KEY)
    for chunk in (1, 4):
        train = partial(fit, model, data(4), loss=drawn, optimizer=SGD, progress=False)
        _, one = train(epochs=6, batch_size=4, key=KEY, chunk=chunk)
        assert len(set(one.train["drawn"])) == 6
        _, means = train(epochs=1, batch_size=1, key=KEY, chunk=chunk)
        # the same keys in the same order, however many steps an epoch has
        np.testing.assert_allclose(
            means.train["drawn"], np.mean(one.train["drawn"][:4]), rtol=1e-6
        )


def test_equal_keys_give_equal_models():
    model = Dense.init(3, 1, key=KEY)
    train = partial(fit, model, data(), loss=squared, optimizer=ADAM, progress=False)
    one, two, other = (
        train(epochs=1, batch_size=4, key=jax.random.key(seed))[0] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one.w, two.w)
    assert not np.array_equal(one.w, other.w)


def test_a_ragged_last_batch_is_not_compiled_for_anew():
    traces = []

    def counted(model, batch, key):
        traces.append(batch["x"].shape)
        return squared(model, batch, key)

    model = Dense.init(3, 1, key=KEY)
    how(model, data(21), loss=counted, optimizer=ADAM, epochs=3, batch_size=4)
    assert traces == [(4, 3)]
    traces.clear()
    batches = list(in_turn(data(21), 4))
    how(model, batches, loss=counted, optimizer=ADAM, epochs=3, batch_size=4)
    assert traces == [(4, 3)]


def test_every_row_is_seen_each_epoch_in_an_order_of_its_own():
    one, two = (shuffled(jax.random.key(i), 21, 4) for i in (0, 1))
    assert set(one.ravel()) == set(range(21))
    assert np.bincount(one.ravel()).max() == 2
    assert not np.array_equal(one, two)
    assert refill({"x": np.arange(3)}, 7)["x"].tolist() == [0, 1, 2, 0, 1, 2, 0]


def test_a_stream_of_batches_trains_like_the_arrays():
    class Stream:
        passes = 0

        def __iter__(self):
            Stream.passes += 1
            yield from in_turn(data(10), 5)

    model = Dense.init(3, 1, key=KEY)
    trained, _ = how(model, Stream(), optimizer=SGD, epochs=2, batch_size=5)
    assert Stream.passes == 2
    opt_state = SGD.init(model)
    for _ in range(2):
        for batch in in_turn(data(10), 5):
            model, opt_state, _, _ = step(
                model, opt_state, batch, None, loss=squared, optimizer=SGD
            )
    close(trained, model)


def test_evaluation_weighs_every_row_equally():
    model, rows = Dense.init(3, 1, key=KEY), data(10)
    whole = float(squared(model, rows, None))
    found = evaluate(model, rows, loss=squared, batch_size=4)
    assert found["loss"] == pytest.approx(whole, rel=1e-5)


def test_key_is_none_when_the_model_is_only_evaluated():
    keys = []

    def noted(model, batch, key):
        keys.append(key is None)
        return squared(model, batch, key), {"rows": jnp.array(len(batch["x"]))}

    model = Dense.init(3, 1, key=KEY)
    _, history = how(
        model,
        data(8),
        loss=noted,
        optimizer=SGD,
        epochs=1,
        batch_size=4,
        validation=data(3),
    )
    assert keys == [False, True]
    assert history.train["rows"] == [4.0]
    assert history.validation["rows"] == [3.0]


def test_a_state_is_threaded_through_and_kept_when_evaluating():
    def counting(model, batch, key, state):
        return squared(model, batch, key), {"seen": state}, state + len(batch["x"])

    _, history = how(
        Dense.init(3, 1, key=KEY),
        data(8),
        loss=counting,
        optimizer=SGD,
        epochs=3,
        batch_size=4,
        state=jnp.array(0.0),
        validation=data(3),
    )
    assert float(history.state) == 24.0
    assert history.validation["seen"] == [8.0, 16.0, 24.0]


def test_patience_stops_and_returns_the_best_model():
    model = Dense.init(3, 1, key=KEY)
    seen = []

    def loss(model, batch, key):
        return squared(model, batch, key)

    # a rate so large that the first epochs help and the later ones harm
    training, validation = data(8), data(8, seed=1)
    trained, history = fit(
        model,
        training,
        loss=loss,
        optimizer=optax.sgd(optax.piecewise_constant_schedule(0.1, {6: 8.0})),
        epochs=50,
        batch_size=4,
        key=KEY,
        validation=validation,
        patience=3,
        progress=False,
    )
    seen = history.validation["loss"]
    assert history.stopped == "patience"
    assert len(seen) == history.best_epoch + 3 < 50
    assert history.best_epoch == int(np.argmin(seen)) + 1
    now = evaluate(trained, validation, loss=loss)["loss"]
    assert now == pytest.approx(min(seen), rel=1e-5)


def test_a_loss_that_is_not_finite_is_named_by_epoch_step_and_leaf():
    model, rows = MLP.init([3, 5, 1], key=KEY), data(12)

    def breaks(model, batch, key):
        bad = model.layers[1].b.sum() * jnp.where(jnp.any(batch["x"] > 50), jnp.nan, 1)
        return squared(model, batch, key) + 0 * bad

    rows["x"][7] = 60.0
    with pytest.raises(Diverged) as raised:
        how(model, rows, loss=breaks, optimizer=SGD, epochs=2, batch_size=4)
    order = shuffled(jax.random.fold_in(jax.random.split(KEY)[0], 1), 12, 4)
    number = int(np.argmax((order == 7).any(1))) + 1
    assert f"epoch 1, step {number}; first leaf" in str(raised.value)
    assert "model.layers[1].b" in str(raised.value)
    assert all(np.isfinite(a).all() for a in leaves(raised.value.model))
    assert raised.value.history.stopped == "diverged"


def test_nan_in_the_data_is_named_as_such():
    rows = data(12)
    rows["x"][3, 1] = np.nan
    with pytest.raises(Diverged, match=r"first leaf that is not: batch\['x'\]"):
        how(Dense.init(3, 1, key=KEY), rows, optimizer=SGD, epochs=1, batch_size=4)


def test_a_rate_that_is_too_large_is_found_with_scan_too():
    with pytest.raises(Diverged, match="not finite in epoch"):
        how(
            Dense.init(3, 1, key=KEY),
            data(),
            optimizer=optax.sgd(1e20),
            epochs=5,
            batch_size=4,
            chunk=2,
        )


def test_a_parameter_that_overflows_in_the_last_step_is_found():
    """The loss of every step is finite: only the model after the last is not."""

    def steep(model, batch, key):
        return model.w.sum() * 2.0

    model = Dense(w=jnp.ones((3, 1)), b=jnp.zeros(1))
    with pytest.raises(Diverged, match=r"^not finite in epoch 1, step 1; .*model\.w"):
        how(
            model,
            data(4),
            loss=steep,
            optimizer=optax.sgd(3e38),
            epochs=1,
            batch_size=4,
        )


def test_a_bad_step_far_into_an_epoch_is_found_where_it_is():
    x = np.zeros((300, 3), np.float32)
    stream = [{"x": x[i : i + 2], "y": x[i : i + 2, :1]} for i in range(0, 300, 2)]
    stream[101] = {"x": x[:2] + np.nan, "y": x[:2, :1]}
    model = Dense.init(3, 1, key=KEY)
    with pytest.raises(Diverged, match="epoch 1, step 102; first leaf") as raised:
        how(model, stream, optimizer=SGD, epochs=1, batch_size=2)
    expected, _ = how(model, stream[:101], optimizer=SGD, epochs=1, batch_size=2)
    close(raised.value.model, expected)


@pytest.fixture
def ctrl_c():
    """Ctrl-C as in a terminal: a job in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_no_false_alarm_for_infinities_that_belong_or_for_large_sums():
    def with_state(model, batch, key, state):
        largest = jnp.maximum(state["largest"], batch["x"].max())
        ours, _ = jax.random.split(state["key"])
        return squared(model, batch, key), {}, state | {"largest": largest, "key": ours}

    never = {"least": jnp.inf, "largest": -jnp.inf, "key": jax.random.key(3)}
    state = jax.tree.map(jnp.asarray, never)
    model = Dense(jnp.ones((3, 1)), jnp.zeros(1))
    train = partial(how, optimizer=SGD, epochs=2, batch_size=4)
    _, history = train(model, data(), loss=with_state, state=state)
    assert history.state["least"] == jnp.inf
    assert jnp.isfinite(history.state["largest"])
    assert history.state["key"] != state["key"]

    def of_part(model, batch, key):
        return jnp.mean(model["w"][:2].astype(jnp.float32) ** 2)

    for w in (jnp.ones(70_000, jnp.float16), jnp.full(4, 3e38)):
        model, history = train({"w": w.at[:2].set(0)}, data(), loss=of_part)
        assert history.stopped == "epochs"


@pytest.mark.parametrize("needs", ["lbfgs", "plateau"])
def test_optimizers_that_need_the_loss_are_given_it(needs):
    plateau = optax.chain(
        optax.sgd(1.0), optax.contrib.reduce_on_plateau(0.5, patience=1)
    )
    optimizer = optax.lbfgs() if needs == "lbfgs" else plateau
    model = Dense.init(3, 1, key=KEY)
    rows = data(20)
    _, history = how(model, rows, optimizer=optimizer, epochs=12, batch_size=20)
    if needs == "lbfgs":  # a quadratic function of four parameters
        assert history.train["loss"][-1] < 1e-8
    else:  # a rate of 1 is too large, until it has been halved
        assert history.train["loss"][-1] < history.train["loss"][0]


def test_a_validation_loss_of_nan_is_said():
    model, bad = Dense.init(3, 1, key=KEY), data(4)
    bad["x"] = np.full_like(bad["x"], np.nan)
    train = partial(how, model, data(), optimizer=SGD, epochs=5, batch_size=4)
    with pytest.warns(UserWarning, match="validation loss is nan"):
        _, history = train(validation=bad, patience=2)
    assert history.stopped == "patience"


def test_ctrl_c_that_is_ignored_stays_so():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interruptible() as interrupted:
        signal.raise_signal(signal.SIGINT)
        assert not interrupted()


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_returns_what_is_trained_so_far():
    class Endless:
        def __iter__(self):
            for i, batch in enumerate(1000 * list(in_turn(data(8), 4))):
                if i == 10:
                    signal.raise_signal(signal.SIGINT)
                yield batch

    model = Dense.init(3, 1, key=KEY)
    trained, history = how(model, Endless(), optimizer=ADAM, epochs=9, batch_size=4)
    assert history.stopped == "interrupted"
    assert len(history.train["loss"]) == 1
    assert not np.array_equal(trained.w, model.w)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_it_runs_outside_the_main_thread():
    done = []
    model = Dense.init(3, 1, key=KEY)
    thread = threading.Thread(
        target=lambda: done.append(
            how(model, data(8), optimizer=SGD, epochs=1, batch_size=4)
        )
    )
    thread.start()
    thread.join()
    assert done[0][1].stopped == "epochs"


def test_the_bar_shows_the_loss(capsys):
    fit(
        Dense.init(3, 1, key=KEY),
        data(),
        loss=squared,
        optimizer=SGD,
        epochs=2,
        batch_size=4,
        key=KEY,
    )
    shown = capsys.readouterr().err
    assert "epoch 2/2" in shown
    assert "10/10" in shown
    assert "loss=" in shown


def test_two_fits_share_one_compiled_program():
    traces = []

    def counted(model, batch, key):
        traces.append(key)
        return squared(model, batch, key)

    for seed in (0, 5):
        model = Dense.init(3, 1, key=jax.random.key(seed))
        how(model, data(8), loss=counted, optimizer=SGD, epochs=1, batch_size=4)
    assert len(traces) == 1


BAD = {
    "zero epochs": (dict(epochs=0), ValueError, "epochs is 0; expected 1 or more"),
    "batch larger than data": (
        dict(batch_size=21),
        ValueError,
        "batch_size is 21; expected 1 to 20",
    ),
    "empty batch": (dict(batch_size=0), ValueError, "batch_size is 0"),
    "empty data": (dict(data=data(0)), ValueError, "data is empty"),
    "no arrays": (dict(data={}), TypeError, "dict with nothing in it"),
    "uneven": (
        dict(data={"x": np.ones((4, 3)), "y": np.ones((3, 1))}),
        ValueError,
        "differ in number of rows: {'x': 4, 'y': 3}",
    ),
    "text": (
        dict(data={"x": np.array(["a", "b"])}, batch_size=1),
        TypeError,
        r"data\['x'\] has dtype <U1; expected numbers",
    ),
    "list": (dict(data={"x": [1, 2]}), TypeError, r"data\['x'\] is a list"),
    "patience without validation": (dict(patience=2), ValueError, "data to validate"),
    "a spent generator": (
        dict(data=(b for b in [data(4)]), epochs=2),
        ValueError,
        "gave no batch in epoch 2",
    ),
    "a stream whose batch is too large": (
        dict(data=[data(9)]),
        ValueError,
        "a batch has 9 rows; expected batch_size 4",
    ),
    "a function among the parameters": (
        dict(model=eqx.nn.Lambda(jnp.tanh)),
        TypeError,
        "expected a float array",
    ),
    "nothing to train": (dict(model=()), ValueError, "no parameters"),
    "a loss for each row": (
        dict(loss=lambda m, b, k: jax.vmap(m)(b["x"])[:, 0]),
        ValueError,
        r"the loss has shape \(4,\); expected a scalar",
    ),
    "a metric called loss": (
        dict(loss=lambda m, b, k: (squared(m, b, k), {"loss": jnp.zeros(())})),
        ValueError,
        "a metric is called 'loss'",
    ),
    "a metric for each row": (
        dict(loss=lambda m, b, k: (squared(m, b, k), {"rows": b["y"]})),
        ValueError,
        r"the metric 'rows' has shape \(4, 1\); expected a scalar",
    ),
    "a state for a loss that takes none": (
        dict(state=jnp.zeros(())),
        TypeError,
        r"called as loss\(model, batch, key, state\)",
    ),
    "a chunk of nothing": (dict(chunk=0), ValueError, "chunk is 0; expected 1 or more"),
    "a spent generator to validate on": (
        dict(validation=(b for b in [data(4)]), epochs=2),
        ValueError,
        "empty after one pass",
    ),
    "wrong width": (
        dict(data={"x": np.ones((8, 7), np.float32), "y": np.ones((8, 1))}),
        TypeError,
        "'x': f32\\[7\\], 'w': f32\\[3,1\\]",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_says_what_was_received_and_expected(name):
    change, error, message = BAD[name]
    arguments = {
        "model": Dense.init(3, 1, key=KEY),
        "data": data(),
        "optimizer": SGD,
        "epochs": 1,
        "batch_size": 4,
    } | change
    with pytest.raises(error, match=message):
        how(**arguments)


MESH = """
import jax, jax.numpy as jnp, numpy as np, optax
from functools import partial
from nnds.dense import MLP
from nnds.train import fit
jax.config.update("jax_numpy_rank_promotion", "raise")

def loss(model, batch, key):
    noise = 0.01 * jax.random.normal(key, batch["x"].shape) if key is not None else 0
    error = jax.vmap(model)(batch["x"] + noise) - batch["y"]
    return jnp.mean(error**2), {"largest": jnp.abs(error).max()}

random = np.random.default_rng(0)
x = random.normal(size=(100, 3)).astype(np.float32)
data = {"x": x, "y": np.sin(x).sum(1, keepdims=True)}
train = partial(
    fit, MLP.init([3, 16, 1], key=jax.random.key(1)), loss=loss,
    optimizer=optax.adam(1e-2), epochs=3, batch_size=16, key=jax.random.key(2),
    validation={k: a[:10] for k, a in data.items()}, progress=False,
)
assert jax.device_count() == 8, jax.devices()
one, alone = train(data)
for devices in (2, 8):
    mesh = jax.make_mesh((devices,), ("data",), devices=jax.devices()[:devices])
    for chunk in (1, 4):
        many, together = train(data, mesh=mesh, chunk=chunk)
        assert len(jax.tree.leaves(many)[0].sharding.device_set) == devices
        for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(many), strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-5)
        for part in ("train", "validation"):
            for name in ("loss", "largest"):
                np.testing.assert_allclose(
                    getattr(alone, part)[name], getattr(together, part)[name],
                    rtol=1e-4)
    batches = [{k: a[i : i + 16] for k, a in data.items()} for i in range(0, 96, 16)]
    streamed = train(batches)[0], train(batches, mesh=mesh)[0]
    for a, b in zip(*map(jax.tree.leaves, streamed), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-5)
try:
    train(data, mesh=mesh, batch_size=12)
except ValueError as error:
    assert "does not divide over the 8 devices" in str(error), error
else:
    raise AssertionError("an uneven batch was accepted")
text = jax.jit(lambda a: a).lower(jnp.ones(1)).as_text()
print("same numbers")
"""


@pytest.mark.slow
def test_a_mesh_of_simulated_devices_gives_the_same_numbers():
    environment = {
        **os.environ,
        "XLA_FLAGS": "--xla_force_host_platform_device_count=8",
        "JAX_PLATFORMS": "cpu",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(MESH)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "same numbers\n", done.stderr
