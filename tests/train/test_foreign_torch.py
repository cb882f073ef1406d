"""Reading state dicts without PyTorch: what is inferred, and what is refused.

That the results are PyTorch's is in test_torch_import.py and, for stored outputs, here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegan.domains import Domain, declare_domains
from edgegan.errors import ArtifactError, UsageError
from edgegan.selftest import selftest_input
from edgegan.train.foreign import ImportOptions
from edgegan.train.foreign_torch import generator_from_tensors, unwrapped
from edgegan.train.foreign_torch_kinds import describe_tensors
from edgegan.train.foreign_torch_resnet import resnet_layout, resnet_units
from edgegan.train.foreign_torch_units import expected_shapes
from tests.train.foreign_states import Tensors, resnet_state, stargan_state, weight_count

GOLDEN = Path(__file__).parent / "golden" / "foreign-torch.npz"
CASES = {
    "plain": resnet_state(2, 1, seed=1),
    "batch-dropout": resnet_state(2, 2, norm="batch", dropout=True, seed=2),
    "old-gray": resnet_state(2, 1, channels=1, norm="old", seed=3),
    "blur": resnet_state(2, 1, blur=True, seed=4),
    "stargan": stargan_state(2, entries=3, seed=5),
}
SIZE = 16


def outputs(name: str) -> Any:
    """Translate the self-test's image; a label has its first entry set."""
    model = generator_from_tensors(CASES[name], name, ImportOptions(size=SIZE)).model
    image = selftest_input((1, *model.inputs[0].shape[1:]))
    label = np.eye(1, 3, dtype=np.float32)
    return model([image, label] if len(model.inputs) > 1 else image).numpy()


@pytest.mark.parametrize("name", CASES)
def test_outputs_are_the_stored_ones_of_pytorch(name: str) -> None:
    with np.load(GOLDEN) as golden:
        np.testing.assert_allclose(outputs(name), golden[name], atol=2e-5)


@pytest.mark.parametrize(
    ("tensors", "layout"),
    [
        (resnet_state(8, 6), "resnet_6blocks, 8 filters, instance norm"),
        (resnet_state(4, 9, dropout=True), "resnet_9blocks, 4 filters, instance norm, dropout"),
        (resnet_state(norm="batch"), "resnet_2blocks, 4 filters, batch norm"),
        (resnet_state(norm="old", channels=1), "resnet_2blocks, 4 filters, instance norm"),
        (
            resnet_state(blur=True, dropout=True, norm="batch"),
            "resnet_2blocks, 4 filters, batch norm, anti-aliased down/upsampling, dropout",
        ),
        (stargan_state(8, 4, 2), "StarGAN, 8 filters, 2 blocks, a label of 4"),
    ],
)
def test_the_architecture_is_inferred(tensors: Tensors, layout: str) -> None:
    found = generator_from_tensors(tensors, "G.pth", ImportOptions(size=32))
    assert (found.layout, found.framework, found.reference) == (layout, "PyTorch", None)
    assert found.config is not None
    assert found.config.image_size == 32


def test_names_are_those_of_the_references_files() -> None:
    layout = resnet_layout(resnet_state(64, 9), "G.pth", None)
    names = list(expected_shapes(resnet_units(layout)))
    assert len(names) == 48
    for name in ("model.1.weight", "model.7.bias", "model.10.conv_block.5.weight"):
        assert name in names
    assert names[-6:] == [
        *("model.19.weight", "model.19.bias", "model.22.weight", "model.22.bias"),
        *("model.26.weight", "model.26.bias"),
    ]


def test_dead_biases_are_dropped_and_nothing_else() -> None:
    tensors = resnet_state(8, 2)
    model = generator_from_tensors(tensors, "G.pth", ImportOptions(size=32)).model
    dead = sum(
        value.size for key, value in tensors.items() if key.endswith("bias") and value.size != 3
    )
    assert model.count_params() == weight_count(tensors) - dead


def test_sizes_are_the_references_unless_given() -> None:
    for tensors, size in ((resnet_state(2, 1), 256), (stargan_state(2), 128)):
        config = generator_from_tensors(tensors, "G.pth").config
        assert config is not None
        assert config.image_size == size
    with pytest.raises(UsageError, match="multiples of 4"):
        generator_from_tensors(resnet_state(2, 1), "G.pth", ImportOptions(size=30))


def test_prefixes_are_taken_off_only_if_all_tensors_have_them() -> None:
    array = np.zeros(1)
    assert unwrapped({"module.a": array, "module.b": array}).keys() == {"a", "b"}
    assert unwrapped({"module.a": array, "b": array}).keys() == {"module.a", "b"}


def test_domains_of_five_entries_are_those_of_celeba() -> None:
    config = generator_from_tensors(stargan_state(2), "G.ckpt", ImportOptions(size=16)).config
    assert config is not None
    assert config.domains == (
        Domain(name="Black_Hair", group="hair"),
        Domain(name="Blond_Hair", group="hair"),
        Domain(name="Brown_Hair", group="hair"),
        Domain(name="Male"),
        Domain(name="Young", default=1.0),
    )


def test_other_domains_are_numbered_or_given() -> None:
    tensors = stargan_state(2, entries=2)
    numbered = generator_from_tensors(tensors, "G.ckpt", ImportOptions(size=16)).config
    assert numbered is not None
    assert [domain.name for domain in numbered.domains] == ["domain0", "domain1"]
    given = ImportOptions(size=16, domains=declare_domains("old,new=1"))
    config = generator_from_tensors(tensors, "G.ckpt", given).config
    assert config is not None
    assert [(d.name, d.default) for d in config.domains] == [("old", 0.0), ("new", 1.0)]


@pytest.mark.parametrize(
    ("tensors", "options", "message"),
    [
        (
            stargan_state(2, entries=4),
            ImportOptions(domains=declare_domains("a,b")),
            "names 2 domains, which make a label of 2 entries; the label of G.pth has 4",
        ),
        (
            stargan_state(2, entries=2),
            ImportOptions(domains=declare_domains("a;b")),
            "with the mask vector",
        ),
        (resnet_state(), ImportOptions(domains=declare_domains("a")), "--domains is for StarGAN"),
        (resnet_state(), ImportOptions(family="stargan"), "of cyclegan, not of stargan"),
        (stargan_state(), ImportOptions(family="cyclegan"), "of stargan, not of cyclegan"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    tensors: Tensors, options: ImportOptions, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        generator_from_tensors(tensors, "G.pth", options)


def changed(tensors: Tensors, *changes: tuple[str, Any]) -> Tensors:
    """Replace tensors, or leave them out: None."""
    return {k: v for k, v in {**tensors, **dict(changes)}.items() if v is not None}


def zeros(*shape: int) -> Any:
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (
            changed(resnet_state(), ("model.10.conv_block.1.weight", zeros(16, 8, 3, 3))),
            r"model\.10\.conv_block\.1\.weight is \[16, 8, 3, 3\]; expected \[16, 16, 3, 3\]",
        ),
        (
            changed(resnet_state(), ("model.4.bias", None)),
            r"the tensor model\.4\.bias \[8\] is missing",
        ),
        (
            changed(resnet_state(), ("model.19.weight", None), ("model.19.bias", None)),
            r"the tensor model\.19\.weight \[3, 4, 7, 7\] is missing",
        ),
        (
            changed(resnet_state(), ("model.40.weight", zeros(3))),
            r"the tensor model\.40\.weight \[3\] has no place in it \(1 such\)",
        ),
        (
            changed(resnet_state(), ("model.1.weight", zeros(4, 4, 3, 3))),
            r"model\.1\.weight is \[4, 4, 3, 3\]; expected \[filters, channels, 7, 7\]",
        ),
        (changed(resnet_state(), ("model.1.weight", None)), r"model\.1\.weight is missing"),
        (
            changed(resnet_state(), ("model.4.bias", np.full(8, np.nan, np.float32))),
            r"model\.4\.bias holds more than finite numbers",
        ),
        (
            changed(resnet_state(), ("model.4.bias", np.zeros(8, np.int64))),
            r"model\.4\.bias holds more than finite numbers",
        ),
        (
            changed(resnet_state(), ("model.1.bias", None)),
            "has no bias, and no norm is behind it",
        ),
        (
            changed(resnet_state(), ("model.19.weight", zeros(1, 4, 7, 7))),
            "makes images of 1 channels from 3",
        ),
        (
            changed(resnet_state(blur=True), ("model.7.filt", np.ones((8, 1, 3, 3)))),
            r"the blur filter model\.7\.filt is not the reference's",
        ),
        (
            changed(resnet_state(blur=True), ("model.14.filt", None)),
            r"the blur filter model\.14\.filt is not the reference's",
        ),
        (
            changed(stargan_state(), ("main.4.weight", zeros(9))),
            r"main\.4\.weight is \[9\]; expected \[8\]",
        ),
        (changed(stargan_state(), ("main.0.weight", None)), r"main\.0\.weight is missing"),
    ],
)
def test_a_wrong_tensor_is_named(tensors: Tensors, message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        generator_from_tensors(tensors, "G.pth", ImportOptions(size=32))


def test_zero_padded_blocks_are_refused() -> None:
    tensors = {key.replace("conv_block.1", "conv_block.0"): v for key, v in resnet_state().items()}
    with pytest.raises(ArtifactError, match="padded with zeros"):
        generator_from_tensors(tensors, "G.pth")


@pytest.mark.parametrize(
    ("shapes", "kind"),
    [
        ({"model.0.weight": (64, 3, 4, 4), "model.2.weight": (128, 64, 4, 4)}, "a PatchGAN"),
        ({"net.0.weight": (64, 3, 1, 1)}, "a PixelGAN"),
        (
            {"main.0.weight": (64, 3, 4, 4), "conv1.weight": (1,), "conv2.weight": (1,)},
            "the discriminator of StarGAN",
        ),
        ({"model.model.0.weight": (64, 3, 4, 4)}, "a U-Net generator"),
        ({"mlp_0.0.weight": (256, 3)}, "the patch sampler of CUT"),
        ({"a": (1,), "b": (2, 3)}, r"an unknown network of 2 tensors \(a \[1\], b \[2, 3\]"),
        ({}, "an unknown network of 0 tensors"),
    ],
)
def test_other_networks_are_refused_by_name(shapes: dict[str, tuple[int, ...]], kind: str) -> None:
    tensors = {key: np.zeros(shape) for key, shape in shapes.items()}
    with pytest.raises(ArtifactError, match=f"looks like {kind}"):
        generator_from_tensors(tensors, "x.pth")
    assert describe_tensors(tensors)
