"""Models in files and in tables: nothing lost, nothing that does not fit, no pickle."""

import pickle
import sys

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Float

from nnds.attention import MultiHeadAttention
from nnds.conv import LeNet5
from nnds.dense import MLP, Dense
from nnds.model import display, load_into, save, summary

KEY = jax.random.key(0)


class Twice(eqx.Module):
    """Two layers, one of them called for each row and then once more."""

    layer: Dense
    rest: list
    scale: Float[Array, ""]

    def __call__(self, x):
        rows = jax.vmap(self.layer)(x)
        return self.rest[0](self.layer(rows.sum(0))) * self.scale


def twice():
    layer, last = Dense.init(3, 3, key=KEY), Dense.init(3, 2, key=KEY)
    return Twice(layer=layer, rest=[last], scale=jnp.array(2.0))


def test_a_model_comes_back_as_it_was(tmp_path):
    path = tmp_path / "lenet.safetensors"
    model = LeNet5.init(key=KEY)
    save(model, path)
    other = LeNet5.init(key=jax.random.key(1))
    again = load_into(other, str(path))
    assert eqx.tree_equal(again, model)
    assert not eqx.tree_equal(again, other)
    assert [p.name for p in tmp_path.iterdir()] == ["lenet.safetensors"]


def test_sixteen_bits_and_single_numbers_come_back(tmp_path):
    model = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), twice())
    save(model, tmp_path / "m.safetensors")
    again = load_into(model, tmp_path / "m.safetensors")
    assert eqx.tree_equal(again, model)
    assert again.scale.dtype == jnp.bfloat16


def test_what_does_not_fit_is_named_with_its_shape(tmp_path):
    path = tmp_path / "mlp.safetensors"
    save(MLP.init([4, 8, 3], key=KEY), path)
    with pytest.raises(ValueError, match="does not fit MLP") as error:
        load_into(MLP.init([4, 9, 3], key=KEY), path)
    text = str(error.value)
    assert "layers.0.w: the file has float32[4, 8], the model float32[4, 9]" in text
    assert "layers.1.b" not in text  # it fits
    with pytest.raises(ValueError, match=r"layers\.1\.w: .*the model has none"):
        load_into(MLP.init([4, 8], key=KEY), path)
    with pytest.raises(ValueError, match=r"layers\.2\.w: the file has none, the model"):
        load_into(MLP.init([4, 8, 3, 3], key=KEY), path)
    half = jax.tree.map(lambda t: t.astype("float16"), MLP.init([4, 8, 3], key=KEY))
    with pytest.raises(
        ValueError, match=r"the file has float32\[4, 8\], the model flo"
    ):
        load_into(half, path)


class Bomb:
    def __reduce__(self):
        return (sys.exit, ("executed",))


def test_a_pickle_is_refused_and_not_executed(tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match="pickles and other formats are not opened"):
        load_into(twice(), path)
    np.savez(tmp_path / "m.npz", a=np.array([Bomb()], object))
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        load_into(twice(), tmp_path / "m.npz")


def test_a_broken_or_absent_file(tmp_path):
    path = tmp_path / "m.safetensors"
    save(twice(), path)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        load_into(twice(), path)
    with pytest.raises(FileNotFoundError):
        load_into(twice(), tmp_path / "none.safetensors")


def test_a_leaf_that_is_no_array_is_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    for task in (lambda m: save(m, path), summary):
        with pytest.raises(TypeError, match=r"leaf scale .* is 2\.0"):
            task(eqx.tree_at(lambda m: m.scale, twice(), 2.0))
        with pytest.raises(TypeError, match="no arrays"):
            task(())
    assert not list(tmp_path.iterdir())


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    import safetensors.flax

    path = tmp_path / "m.safetensors"
    save(twice(), path)
    before = path.read_bytes()

    def full(leaves, where, metadata):
        where.write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(safetensors.flax, "save_file", full)
    with pytest.raises(OSError, match="no space"):
        save(MLP.init([2, 2], key=KEY), path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_the_totals_are_those_of_the_model():
    table = summary(LeNet5.init(key=KEY))
    assert table.total.count == 61_706  # the number of the paper with all of C3
    assert table.total.size == 4 * 61_706
    assert sum(row.count or 0 for row in table.rows) == 61_706
    assert table.total.output == ""
    half = jax.tree.map(lambda t: t.astype("float16"), LeNet5.init(key=KEY))
    assert summary(half).total.size == 2 * 61_706


def test_layers_show_what_they_return():
    table = summary(LeNet5.init(key=KEY), jnp.zeros((28, 28, 1)))
    outputs = {row.name: row.output for row in table.rows if row.output}
    assert outputs == {
        "c1  Conv2d": "(28, 28, 6)",
        "c3  Conv2d": "(10, 10, 16)",
        "c5  Dense": "(120,)",
        "f6  Dense": "(84,)",
        "output  Dense": "(10,)",
    }
    assert table.total.output == "(10,)"
    assert "61,706" in str(table)
    assert max(map(len, str(table).splitlines())) <= 80


def test_a_layer_in_a_list_called_twice():
    table = summary(twice(), jnp.zeros((5, 3)))
    outputs = {row.name: row.output for row in table.rows if row.output}
    assert outputs == {"layer  Dense": "(3,)", "rest.0  Dense": "(2,)"}
    names = [row.name for row in table.rows]
    assert names[0] == "layer  Dense"
    assert names[1] == "  layer.w"
    assert names[-1] == "scale"


def test_a_model_that_scans_over_its_layers_shows_its_own_output():
    class Stack(eqx.Module):
        layers: Dense

        def __call__(self, x):
            return jax.lax.scan(lambda h, layer: (layer(h), None), x, self.layers)[0]

    layers = jax.vmap(lambda key: Dense.init(3, 3, key=key))(jax.random.split(KEY, 4))
    table = summary(Stack(layers=layers), jnp.zeros(3))
    assert table.total.output == "(3,)"
    assert all(row.output == "" for row in table.rows)
    with pytest.raises(TypeError):
        summary(Stack(layers=layers), jnp.zeros(4))


def test_a_model_of_several_inputs():
    model = MultiHeadAttention.init(8, 2, key=KEY)
    table = summary(model, jnp.zeros((5, 8)))
    assert table.total.output == "(5, 8)"


def test_display_is_a_page_that_loads_nothing_or_an_error_that_says_how(monkeypatch):
    pytest.importorskip("treescope")
    page = display(LeNet5.init(key=KEY)).data
    assert "treescope" in page  # its content is packed
    assert "http" not in page
    monkeypatch.setitem(sys.modules, "treescope", None)
    with pytest.raises(ImportError, match="pip install treescope"):
        display(LeNet5.init(key=KEY))
