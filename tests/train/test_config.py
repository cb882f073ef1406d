"""Configurations: presets, defaults, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.errors import UsageError
from edgegan.generator import GeneratorConfig
from edgegan.settings import write_toml
from edgegan.train.config import data_specs, load_config, load_run_config, presets
from edgegan.train.cyclegan_config import CycleGANConfig, TrainConfig
from edgegan.train.stargan_config import StarGANConfig
from tests.train.tiny import tiny_config
from tests.train.tiny_stargan import tiny_stargan


def test_defaults_are_the_papers() -> None:
    config = CycleGANConfig()
    assert (config.loss.cycle, config.loss.identity) == (10.0, 5.0)
    optimizer = config.optimizer
    assert (optimizer.learning_rate, optimizer.beta_1, optimizer.beta_2) == (2e-4, 0.5, 0.999)
    assert (config.load_size, config.data.batch_size, config.data.flip) == (286, 1, True)
    assert (config.train.steps, config.decay_start, config.train.pool_size) == (
        200 * 1334,
        100 * 1334,
        50,
    )


def test_every_preset_loads() -> None:
    assert {"cyclegan", "cyclegan-demo"} <= set(presets(CycleGANConfig))
    for name in presets(CycleGANConfig):
        assert load_config(CycleGANConfig, name).generator.family == "cyclegan"


def test_the_default_is_the_preset_cyclegan() -> None:
    assert (
        load_config(CycleGANConfig, "cyclegan")
        == load_config(CycleGANConfig, None)
        == CycleGANConfig()
    )


def test_the_demo_preset_is_small() -> None:
    config = load_config(CycleGANConfig, "cyclegan-demo")
    assert config.generator.image_size == 64
    assert config.load_size == 72  # 286 / 256 of it
    assert config.train.steps < 10_000


def test_assignments_win_over_the_file() -> None:
    changes = ["train.steps=10", "generator.image_size=128", "optimizer.learning_rate=1e-3"]
    config = load_config(CycleGANConfig, "cyclegan", changes)
    assert (config.train.steps, config.optimizer.learning_rate) == (10, 1e-3)
    assert (config.generator.image_size, config.load_size) == (128, 143)


@pytest.mark.parametrize("preset", [name for name in presets(CycleGANConfig) if name != "keras-io"])
def test_a_shorter_training_decays_in_its_second_half_too(preset: str) -> None:
    assert load_config(CycleGANConfig, preset, ["train.steps=20000"]).decay_start == 10_000


def test_decay_starts_halfway_unless_set() -> None:
    assert load_config(CycleGANConfig, None, ["train.steps=10"]).decay_start == 5
    assert (
        load_config(CycleGANConfig, None, ["train.steps=10", "train.decay_start=0"]).decay_start
        == 0
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("train.step=3", r"Unknown setting 'train\.step'\. Did you mean 'train\.steps'"),
        ("optimiser.beta_1=0", "Did you mean 'optimizer'"),
        ("train.steps=many", r"train\.steps is 'many'; expected int"),
        ("train.steps=-1", r"train\.steps is -1; it must be at least 0"),
        ("train.seed=-1", r"train\.seed is -1; it must be at least 0"),
        ("train.seed=4294967296", r"train\.seed is 4294967296; it must be below 2\^32"),
        ("train.log_every=0", r"train\.log_every is 0; it must be at least 1"),
        ("train.pool_size=-1", r"train\.pool_size"),
        ("data.flip=maybe", r"data\.flip is 'maybe'; expected bool"),
        ("data.load_size=255", r"load_size is 255; .* at least data\.crop_size = 256"),
        ("data.batch_size=0", r"data\.batch_size is 0"),
        ("loss.cycle=-1", r"loss\.cycle is -1"),
        ("optimizer.learning_rate=-0.1", r"optimizer\.learning_rate is -0\.1"),
        ("discriminator.filters=0", r"discriminator\.filters is 0"),
        ("discriminator.layers=-1", r"discriminator\.layers is -1"),
        ("discriminator.layers=7", r"crop_size is 256; .* 3 \* 2\^discriminator\.layers = 384"),
        ("generator.channels=2", r"generator\.channels is 2; training images are RGB"),
        ("generator.filters=0", r"generator\.filters is 0"),
    ],
)
def test_bad_settings_are_named(change: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_config(CycleGANConfig, None, [change])


def test_a_float_may_be_written_as_an_integer() -> None:
    assert load_config(CycleGANConfig, None, ["loss.cycle=5"]).loss.cycle == 5.0


def test_an_unknown_preset_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match="Did you mean 'cyclegan-demo'"):
        load_config(CycleGANConfig, "cyclegan-dem")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        load_config(CycleGANConfig, str(tmp_path / "mine.toml"))


@pytest.mark.parametrize("config", [CycleGANConfig(), tiny_config()])
def test_toml_round_trip(tmp_path: Path, config: CycleGANConfig) -> None:
    path = tmp_path / "config.toml"
    write_toml(path, config)
    assert load_config(CycleGANConfig, str(path)) == config


def test_a_part_of_the_settings_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[generator]\nfilters = 8\n[train]\nsteps = 4\n")
    assert load_config(CycleGANConfig, str(path)) == CycleGANConfig(
        generator=GeneratorConfig(filters=8), train=TrainConfig(steps=4)
    )


def test_presets_belong_to_a_family() -> None:
    ours, theirs = presets(CycleGANConfig), presets(StarGANConfig)
    assert not set(ours) & set(theirs)
    with pytest.raises(UsageError, match="Unknown preset 'stargan'"):
        load_config(CycleGANConfig, "stargan")
    with pytest.raises(UsageError, match="Unknown preset 'cyclegan'"):
        load_config(StarGANConfig, "cyclegan")


@pytest.mark.parametrize("config", [tiny_config(), tiny_stargan()])
def test_a_run_is_of_the_family_that_it_was_begun_with(
    tmp_path: Path, config: CycleGANConfig | StarGANConfig
) -> None:
    path = tmp_path / "config.toml"
    write_toml(path, config)
    assert load_run_config(path) == config
    changed = load_run_config(path, ["train.steps=77"])
    assert (type(changed), changed.train.steps) == (type(config), 77)


def test_an_unknown_family(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[generator]\nfamily = "stargam"\n')
    with pytest.raises(UsageError, match=r"generator\.family.*Did you mean 'stargan'"):
        load_run_config(path)
    path.write_text("generator = 3\n")
    with pytest.raises(UsageError, match=r"write \[generator\]"):
        load_run_config(path)


def test_the_data_of_a_run_have_names() -> None:
    assert data_specs(CycleGANConfig()) == ("emoji",)
    assert data_specs(StarGANConfig()) == ("emoji-styles",)
