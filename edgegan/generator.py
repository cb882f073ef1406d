"""`GeneratorConfig`: everything that defines a generator network, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from edgegan.domains import Domain, label_length
from edgegan.errors import UsageError

Family = Literal["cyclegan", "stargan"]
Padding = Literal["reflect", "zero"]
ConvPadding = Literal["explicit", "same"]
Downsample = Literal["stride", "blur"]
Upsample = Literal["deconv", "resize", "blur"]
Norm = Literal["instance", "batch"]
GammaInit = Literal["ones", "normal"]


@dataclass(frozen=True, kw_only=True)
class LayerWidths:
    """The channels of a generator's layers.

    Attributes:
        stem: Of the first convolution.
        down: Of each downsampling.
        inner: Between the two convolutions of each residual block.
        up: Of each upsampling.
    """

    stem: int
    down: tuple[int, ...]
    inner: tuple[int, ...]
    up: tuple[int, ...]

    @property
    def trunk(self) -> int:
        """What the residual blocks add to: of the last downsampling, or of the stem."""
        return self.down[-1] if self.down else self.stem

    @property
    def flat(self) -> tuple[int, ...]:
        """All of them, as `GeneratorConfig.widths` has them."""
        return (self.stem, *self.down, *self.inner, *self.up)


@dataclass(frozen=True, kw_only=True)
class GeneratorConfig:
    """A ResNet generator (Johnson et al. 2016), as CycleGAN and StarGAN use it.

    Defaults are the reference implementation's (junyanz/pytorch-CycleGAN-and-pix2pix,
    models/networks.py, ResnetGenerator): `resnet_9blocks` for 256x256 images. Those of
    StarGAN are in edgegan.train.stargan_config.

    Attributes:
        family: The GAN it belongs to. "stargan" takes a label beside the image, and its
            stride-2 convolutions are 4x4 (yunjey/stargan, model.py), not 3x3.
        image_size: Height and width of the training images, pixels.
        channels: Image channels, of input and output.
        filters: Width of the first convolution; doubled at each downsampling.
        widths: Of an unevenly slimmed network, instead of `filters`: the channels of the stem,
            of each downsampling (the last is the residual trunk's), inside each residual
            block, and of each upsampling. Empty if `filters` tells them all.
        residual_blocks: 9 for 256 px, 6 for 128 px (Zhu et al. 2017, Sec. 7.2).
        downsamplings: Stride-2 convolutions, and upsamplings to match.
        norm: "instance", or "batch" with stored statistics, which the reference can be asked
            for. Only imported generators have it; its scale and offset are always learned.
        norm_affine: Whether instance norm has a learned scale and offset.
        norm_epsilon: Added to the variance; PyTorch's default is 1e-5.
        gamma_init: How that scale starts: "ones", or "normal" for N(0, 0.02) as in the
            keras-io example, with which a network hardly learns at first.
        padding: "reflect" or "zero", for the 7x7 convolutions and residual blocks.
        conv_padding: "explicit" puts zeros equally on both sides, as PyTorch does;
            "same" is TensorFlow's rule, which shifts stride-2 layers by one pixel.
        downsample: "stride" (a convolution of stride 2) or "blur" (a 3x3 convolution, norm
            and ReLU, then a blurred subsampling; Zhang 2019, against aliasing; CUT's
            default, taesungp/contrastive-unpaired-translation, models/networks.py).
        upsample: "deconv" (transposed convolution), "resize" (nearest, then 3x3
            convolution; Odena et al. 2016, against checkerboard artefacts) or "blur"
            (bilinear, then 3x3 convolution; CUT's default).
        domains: What the label of "stargan" can ask for; training takes them from the
            data.
    """

    family: Family = "cyclegan"
    image_size: int = 256
    channels: int = 3
    filters: int = 64
    widths: tuple[int, ...] = ()
    residual_blocks: int = 9
    downsamplings: int = 2
    norm: Norm = "instance"
    norm_affine: bool = False
    norm_epsilon: float = 1e-5
    gamma_init: GammaInit = "ones"
    padding: Padding = "reflect"
    conv_padding: ConvPadding = "explicit"
    downsample: Downsample = "stride"
    upsample: Upsample = "deconv"
    domains: tuple[Domain, ...] = ()

    def __post_init__(self) -> None:
        """Refuse values that cannot make a network.

        Raises:
            UsageError: naming the key, its value and what is allowed.
        """
        for key, choices in _CHOICES.items():
            if getattr(self, key) not in choices:
                raise UsageError(
                    f"generator.{key} is {getattr(self, key)!r}; use one of {', '.join(choices)}."
                )
        for key in ("filters", "image_size", "channels"):
            if getattr(self, key) < 1:
                raise UsageError(f"generator.{key} is {getattr(self, key)}; it must be at least 1.")
        for key in ("residual_blocks", "downsamplings"):
            if getattr(self, key) < 0:
                raise UsageError(f"generator.{key} is {getattr(self, key)}; it must be at least 0.")
        check_size((self.image_size, self.image_size), self.size_multiple)
        self._check_widths()
        self._check_label()

    @property
    def layer_widths(self) -> LayerWidths:
        """The channels of every layer."""
        down, blocks = self.downsamplings, self.residual_blocks
        flat = self.widths or (
            *(self.filters * 2**i for i in range(down + 1)),
            *(self.filters * 2**down,) * blocks,
            *(self.filters * 2**i for i in reversed(range(down))),
        )
        return LayerWidths(
            stem=flat[0],
            down=flat[1 : 1 + down],
            inner=flat[1 + down : 1 + down + blocks],
            up=flat[1 + down + blocks :],
        )

    def _check_widths(self) -> None:
        expected = 1 + 2 * self.downsamplings + self.residual_blocks
        if not self.widths:
            return
        if len(self.widths) != expected or min(self.widths) < 1:
            raise UsageError(
                f"generator.widths is {list(self.widths)}; a network of {self.downsamplings} "
                f"downsamplings and {self.residual_blocks} residual blocks has {expected} of at "
                "least 1: stem, downsamplings, inside of blocks, upsamplings."
            )

    @property
    def label_length(self) -> int:
        """Entries of the label beside the image; 0 if there is none."""
        return label_length(self.domains) if self.family == "stargan" else 0

    def _check_label(self) -> None:
        if self.family == "stargan" and self.padding == "reflect":
            raise UsageError(
                "generator.padding is 'reflect', which a label does not survive: constant planes "
                "stay constant, and instance norm subtracts them. Use 'zero' for stargan."
            )
        if self.family == "cyclegan" and self.domains:
            raise UsageError("generator.domains is for stargan; a CycleGAN has no label.")
        names = [domain.name for domain in self.domains]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"generator.domains names {', '.join(twice)} twice.")

    @property
    def size_multiple(self) -> int:
        """Heights and widths must be a multiple of this."""
        return int(2**self.downsamplings)


_CHOICES: dict[str, tuple[str, ...]] = {
    "family": get_args(Family),
    "padding": get_args(Padding),
    "conv_padding": get_args(ConvPadding),
    "downsample": get_args(Downsample),
    "upsample": get_args(Upsample),
    "norm": get_args(Norm),
    "gamma_init": get_args(GammaInit),
}


_SMALLEST = 4


def check_size(size: tuple[int, int], multiple: int) -> None:
    """Refuse an image size that the down- and upsamplings cannot restore.

    Raises:
        UsageError: a side of `size` = (H, W) is no multiple of `multiple`, or too small
            to be padded by reflection (3 pixels at the border, 1 where it is smallest).
    """
    least = max(_SMALLEST, 2 * multiple)
    if any(side < least or side % multiple for side in size):
        raise UsageError(
            f"Image size {size[0]}x{size[1]} does not fit the network: "
            f"height and width must be multiples of {multiple}, at least {least}."
        )
