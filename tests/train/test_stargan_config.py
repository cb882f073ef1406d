"""StarGAN's settings: the reference's defaults, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgegan.domains import Domain
from edgegan.errors import UsageError
from edgegan.settings import write_toml
from edgegan.train.config import load_config, load_run_config, presets
from edgegan.train.stargan_config import (
    StarGANConfig,
    StarGANTrainConfig,
    stargan_generator,
    with_domains,
)
from tests.train.tiny_stargan import ATTRIBUTES, BOTH, CLASSES, tiny_stargan


def test_defaults_are_the_references() -> None:
    config = StarGANConfig()
    loss, optimizer, generator = config.loss, config.optimizer, config.generator
    assert (loss.gan, loss.classification, loss.cycle, loss.gradient_penalty) == (
        *("wgan-gp", 1.0, 10.0, 10.0),
    )
    assert (optimizer.learning_rate, optimizer.beta_1, optimizer.beta_2) == (1e-4, 0.5, 0.999)
    assert (config.data.batch_size, config.data.preprocess, config.data.flip) == (
        *(16, "center_crop", True),
    )
    train = config.train
    assert (train.steps, train.n_critic, config.decay_start) == (200_000, 5, 100_000)
    assert (generator.image_size, generator.filters, generator.residual_blocks) == (128, 64, 6)
    assert (generator.padding, generator.norm_affine, generator.domains) == ("zero", True, ())
    assert (config.discriminator.filters, config.discriminator_layers) == (64, 6)


def test_the_default_is_the_preset_stargan() -> None:
    assert (
        load_config(StarGANConfig, "stargan") == load_config(StarGANConfig, None) == StarGANConfig()
    )


def test_every_preset_loads() -> None:
    assert {"stargan", "stargan-64"} <= set(presets(StarGANConfig))
    for name in presets(StarGANConfig):
        config = load_config(StarGANConfig, name)
        assert config.generator.family == "stargan"
        assert config.generator.domains == ()  # the data bring them


@pytest.mark.parametrize(
    ("size", "layers"),
    [(512, 6), (256, 6), (192, 6), (128, 6), (96, 5), (64, 5), (48, 4), (32, 4), (16, 3), (8, 2)],
)
def test_the_discriminators_depth_follows_the_size(size: int, layers: int) -> None:
    config = load_config(StarGANConfig, None, [f"generator.image_size={size}"])
    assert config.discriminator_layers == layers


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["generator.image_size=130"], "130x130 does not fit.*multiples of 4"),
        (["generator.image_size=4"], "4x4 does not fit.*at least 8"),
        (
            ["generator.image_size=160"],
            r"image_size is 160; the discriminator halves it 6 times .* a multiple of 64",
        ),
        (["generator.image_size=80"], r"halves it 5 times .* a multiple of 32"),
        (["discriminator.layers=8"], r"halves it 8 times .*layers\), .* a multiple of 256"),
        (["discriminator.layers=0"], r"discriminator\.layers is 0; it must be at least 1"),
        (["discriminator.filters=0"], r"discriminator\.filters is 0"),
        (["generator.padding=reflect"], "which a label does not survive.*Use 'zero'"),
        (["generator.family=cyclegan"], "Use edgegan train cyclegan"),
        (["generator.channels=2"], "RGB"),
        (["loss.gan=vanilla"], "expected one of 'wgan-gp', 'lsgan', 'hinge'"),
        (["loss.classification=-1"], r"loss\.classification is -1"),
        (["loss.cycle=-1"], r"loss\.cycle is -1"),
        (["loss.gradient_penalty=-1"], r"loss\.gradient_penalty is -1"),
        (["loss.identity=-1"], r"loss\.identity is -1"),
        (["loss.identty=1"], r"Did you mean 'loss\.identity'"),
        (["train.n_critic=0"], r"train\.n_critic is 0; it must be at least 1"),
        (
            ["distillation.teacher=a.keras", "distillation.adversarial=0"],
            r"n_critic is 5, and .*Set train\.n_critic=1",
        ),
        (["train.steps=-1"], r"train\.steps is -1"),
        (["train.pool_size=1"], r"Unknown setting 'train\.pool_size'"),
        (["train.accumulation_steps=3"], r"batch_size is 16; .*accumulation_steps = 3"),
        (["data.specs=[]"], r"data\.specs is empty; name a data set with --data"),
        (["data.specs=emoji-styles"], r"data\.specs is .emoji-styles.; expected a list, such as"),
        (["data.attributes=[1]"], r"data\.attributes is 1; expected str"),
        (["data.batch_size=1"], r"data\.batch_size is 1; .*each other"),
        (["data.preprocess=crop"], "expected one of 'center_crop', 'resize'"),
        (["optimizer.separate_generators=true"], "Unknown setting"),
        (["generator.domains=[1]"], r"generator\.domains is a group"),
        (['generator.domains=[{nam="a"}]'], r"Did you mean 'generator\.domains\.name'"),
        (['generator.domains=[{name="a"}, {name="a"}]'], "names a twice"),
    ],
)
def test_bad_settings_are_named(changes: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_config(StarGANConfig, None, changes)


@pytest.mark.parametrize(
    "change", ["generator.filters=32", "optimizer.beta_1=0.1", "train.n_critic=2"]
)
def test_a_part_of_a_group_leaves_the_rest_stargans(change: str) -> None:
    """Not what the class of the group has for CycleGAN."""
    group, _, setting = change.partition(".")
    key, _, value = setting.partition("=")
    config, default = load_config(StarGANConfig, None, [change]), StarGANConfig()
    number = type(getattr(getattr(default, group), key))(value)
    changed = replace(getattr(default, group), **{key: number})
    assert config == replace(default, **{group: changed})


def test_the_learning_rate_falls_to_zero() -> None:
    config = StarGANConfig()
    rates = {0: 1.0, 99_999: 1.0, 100_000: 1.0, 101_000: 0.99, 150_000: 0.5, 199_999: 1e-5}
    for step, factor in rates.items():
        assert config.learning_rate(step) == pytest.approx(1e-4 * factor)


def test_the_learning_rate_of_the_published_code_hardly_falls() -> None:
    config = StarGANConfig(train=StarGANTrainConfig(faithful_decay=True))
    rates = {0: 1.0, 100_000: 1.0, 100_999: 1.0, 101_000: 1 - 1e-5, 199_999: 1 - 99e-5}
    for step, factor in rates.items():
        assert config.learning_rate(step) == pytest.approx(1e-4 * factor, rel=1e-9)


@pytest.mark.parametrize("faithful", [False, True])
def test_the_learning_rate_does_not_know_n_critic(faithful: bool) -> None:
    one, other = (
        StarGANConfig(train=StarGANTrainConfig(n_critic=n, faithful_decay=faithful)) for n in (1, 7)
    )
    for step in (0, 100_001, 150_000, 199_999):
        assert one.learning_rate(step) == other.learning_rate(step)


def test_the_domains_come_from_the_data() -> None:
    config = with_domains(StarGANConfig(), BOTH)
    assert config.generator.domains == BOTH
    assert config.generator.label_length == 6 + 2
    assert with_domains(config, BOTH) is config


def test_a_new_majority_leaves_the_defaults_of_the_settings() -> None:
    config = tiny_stargan(ATTRIBUTES)
    grown = [replace(domain, default=1 - domain.default) for domain in ATTRIBUTES]
    assert with_domains(config, grown) is config


@pytest.mark.parametrize(
    "domains",
    [
        CLASSES,
        ATTRIBUTES[::-1],
        ATTRIBUTES[:2],
        (*ATTRIBUTES[:2], Domain(name="Male", group="hair")),
        tuple(replace(domain, dataset=1) for domain in ATTRIBUTES),
    ],
)
def test_domains_of_other_data_are_refused(domains: tuple[Domain, ...]) -> None:
    names = ", ".join(domain.name for domain in domains)
    message = f"for the domains Black_Hair, Blond_Hair, Male; the data has {names}. Leave out"
    with pytest.raises(UsageError, match=message):
        with_domains(tiny_stargan(ATTRIBUTES), domains)


@pytest.mark.parametrize("config", [StarGANConfig(), tiny_stargan(BOTH)])
def test_toml_round_trip(tmp_path: Path, config: StarGANConfig) -> None:
    path = tmp_path / "config.toml"
    write_toml(path, config)
    assert load_run_config(path) == load_config(StarGANConfig, str(path)) == config


def test_a_resumed_runs_rate_is_that_of_the_step_alone(tmp_path: Path) -> None:
    config = StarGANConfig(train=StarGANTrainConfig(steps=1_000))
    write_toml(tmp_path / "config.toml", config)
    again = load_run_config(tmp_path / "config.toml")
    for step in (0, 500, 750, 999):
        assert again.learning_rate(step) == config.learning_rate(step)
    longer = load_run_config(tmp_path / "config.toml", ["train.steps=2000"])
    assert longer.decay_start == 500  # where it was


def test_the_generator_can_be_changed_alone() -> None:
    assert stargan_generator() == StarGANConfig().generator
    with pytest.raises(UsageError, match="a CycleGAN has no label"):
        replace(stargan_generator(), family="cyclegan", domains=ATTRIBUTES)
