"""The demo of CycleGAN: one generator from Noto Emoji to Twemoji."""

from __future__ import annotations

from collections.abc import Sequence

from edgegan.demo.family import Demo, Direction, require_embedded
from edgegan.emoji import open_emoji
from edgegan.train.config import load_config
from edgegan.train.cyclegan_config import CycleGANConfig

PRESET = "cyclegan-demo"
CREDITS = (
    "Noto Emoji: Copyright Google LLC, Apache License 2.0. Twemoji: Copyright Twitter, Inc and "
    "other contributors, graphics licensed under CC-BY 4.0 "
    "(https://creativecommons.org/licenses/by/4.0/); resized to 64x64 and set on white."
)
LOSSES = {
    "cycle consistency": ("cycle_a", "cycle_b"),
    "adversarial, generators": ("gan_a2b", "gan_b2a"),
    "discriminators": ("discriminator_a", "discriminator_b"),
}


def cyclegan_demo(changes: Sequence[str] = ()) -> Demo:
    """Prepare the demo, with `key=value` changes to its settings.

    Raises:
        UsageError: a change is not possible.
    """
    config = load_config(CycleGANConfig, PRESET, changes)
    require_embedded(config, "emoji")
    data = open_emoji()
    direction = Direction(source="Noto", target="Twemoji", sources=data.test_a, truths=data.test_b)
    return Demo(
        config=config,
        data=data,
        generator="A2B",
        directions=[direction],
        title="Noto to Twemoji",
        trained="A CycleGAN generator",
        learned_from=f"unpaired emoji: {len(data.train_a)} drawn by Noto and "
        f"{len(data.train_b)} others drawn by Twemoji",
        truth="true Twemoji",
        compared=f"{len(data.test_a)} test pairs",
        losses=LOSSES,
        credits=CREDITS,
        runs=["-o translated.png"],
        own_data="edgegan train cyclegan --data folder:YOUR_IMAGES --config cyclegan",
    )
