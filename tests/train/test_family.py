"""What `fit` gets for each family, and for settings and data that do not belong together."""

from __future__ import annotations

import re
from typing import Any

import pytest

from edgegan.errors import UsageError
from edgegan.train.cyclegan import CycleGAN
from edgegan.train.cyclegan_config import DataConfig
from edgegan.train.devices import one_device
from edgegan.train.family import open_family
from edgegan.train.stargan import StarGAN
from edgegan.train.stargan_config import StarGANDataConfig
from tests.train import tiny, tiny_stargan

UNPAIRED, LABELED = tiny.numbered_data(5, 4), tiny_stargan.numbered_labeled([5, 4])
CYCLEGAN = tiny.tiny_config(data=DataConfig(load_size=tiny.SIZE, batch_size=2))
STARGAN = tiny_stargan.tiny_stargan(tiny_stargan.BOTH, data=StarGANDataConfig(batch_size=2))


@pytest.mark.parametrize(
    ("config", "data", "trainer", "images", "rows"),
    [
        (CYCLEGAN, UNPAIRED, CycleGAN, 4, (6 * tiny.SIZE, 2 * tiny.SIZE)),
        (STARGAN, LABELED, StarGAN, 2, (7 * tiny_stargan.SIZE, 6 * tiny_stargan.SIZE)),
    ],
)
def test_a_family_trains_on_what_its_sampler_draws(
    config: Any, data: Any, trainer: type, images: int, rows: tuple[int, int]
) -> None:
    family = open_family(config, data, one_device())
    assert type(family.trainer) is trainer
    assert family.images_per_step == images
    sample = family.sampler.sample(0)
    assert len(sample) == family.sampler.arrays
    family.trainer.train_step(*sample)
    assert int(family.trainer.step) == 1
    assert family.draw().shape == (*rows, 3)
    assert family.sampler.skipped == {}


@pytest.mark.parametrize(("config", "data"), [(CYCLEGAN, LABELED), (STARGAN, UNPAIRED)])
def test_settings_and_data_of_different_families_are_refused(config: Any, data: Any) -> None:
    got = re.escape(f"got {type(config).__name__} and {type(data).__name__}.")
    with pytest.raises(UsageError, match=f"StarGAN from labelled data .*{got}"):
        open_family(config, data, one_device())


def test_settings_must_have_the_domains_of_the_data() -> None:
    with pytest.raises(UsageError, match=r"domains is empty. Take over .*with_domains"):
        open_family(tiny_stargan.tiny_stargan(()), LABELED, one_device())
    with pytest.raises(UsageError, match="for the domains red, green, blue; the data has Black"):
        open_family(tiny_stargan.tiny_stargan(tiny_stargan.CLASSES), LABELED, one_device())
