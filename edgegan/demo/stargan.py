"""The demo of StarGAN: one generator between Twemoji, OpenMoji and Fluent Emoji."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from edgegan.demo.family import Demo, Direction, require_embedded
from edgegan.domains import Domain, encode
from edgegan.emoji import SheetImages
from edgegan.emoji_styles import STYLES, held_out_drawings
from edgegan.labeled_data import open_labeled
from edgegan.train.config import load_config
from edgegan.train.stargan_config import StarGANConfig, with_domains

PRESET = "stargan-demo"
CREDITS = (
    "Twemoji: Copyright Twitter, Inc and other contributors, CC-BY 4.0. OpenMoji: designed by "
    "OpenMoji (openmoji.org), CC BY-SA 4.0. Fluent Emoji: Copyright Microsoft Corporation, MIT "
    "License."
)
TITLES = {"twemoji": "Twemoji", "openmoji": "OpenMoji", "fluent": "Fluent"}
LOSSES = {
    "cycle consistency": ("cycle",),
    "adversarial, generator": ("gan",),
    "discriminator": ("discriminator",),
    "classification, both": ("classification_real", "classification_fake"),
}


def stargan_demo(changes: Sequence[str] = ()) -> Demo:
    """Prepare the demo, with `key=value` changes to its settings.

    Raises:
        UsageError: a change is not possible.
    """
    config = load_config(StarGANConfig, PRESET, changes)
    require_embedded(config, "emoji-styles")
    data = open_labeled(config.data.specs, config.data.attributes)
    config = with_domains(config, data.domains)
    directions = _directions(data.domains)
    (styles,) = data.sets
    return Demo(
        config=config,
        data=data,
        generator="G",
        directions=directions,
        title="Twemoji, OpenMoji and Fluent",
        trained="A StarGAN generator",
        learned_from=f"{len(styles.train.images)} drawings of emoji, each labelled with its style: "
        f"{', '.join(TITLES[style] for style in STYLES)}",
        truth="true drawing",
        compared=f"{len(directions[0].sources)} test emoji, each translated from every style to "
        "every other one and averaged",
        losses=LOSSES,
        credits=CREDITS,
        runs=["-o openmoji.png --domain openmoji=1", "-o all.png --domain all"],
        own_data="edgegan train stargan --data classes:YOUR_IMAGES --config stargan-64",
    )


def _directions(domains: Sequence[Domain]) -> list[Direction]:
    """From every style to every other one, over the same test emoji."""
    drawn = {
        style: SheetImages(tuple(f"{style}/{i}" for i in range(len(pixels))), pixels)
        for style, pixels in held_out_drawings().items()
    }
    return [
        Direction(
            source=TITLES[source],
            target=TITLES[target],
            sources=drawn[source],
            truths=drawn[target],
            label=encode(domains, {target: True}),
        )
        for source, target in permutations(STYLES, 2)
    ]
