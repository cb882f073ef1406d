"""Refuse arrays that a network does not take, and networks that are no generators."""

from __future__ import annotations

from pathlib import Path

from edgegan.errors import ArtifactError, UsageError
from edgegan.manifest import CHANNELS, IO, Tensor
from edgegan.runtime.image_io import NetworkArray, nhwc


def check_array(array: NetworkArray, tensor: Tensor) -> None:
    """Refuse an array that is not what `tensor` describes.

    Raises:
        UsageError: telling the shape and dtype found and those expected.
    """
    fits = len(array.shape) == len(tensor.shape) and all(
        want is None or want == got for want, got in zip(tensor.shape, array.shape, strict=True)
    )
    if not fits or array.dtype != tensor.dtype or not array.flags.c_contiguous:
        raise UsageError(
            f"The network's {tensor.name!r} is {_describe((tensor,))}, C-contiguous; "
            f"got {array.dtype} {list(array.shape)}."
        )


def check_generator(path: Path, io: IO) -> None:
    """Refuse an artifact whose tensors are not an image-to-image generator's.

    Raises:
        ArtifactError: telling the tensors found and those expected.
    """
    images, labels = (*io.inputs[:1], *io.outputs[:1]), io.inputs[1:]
    known = all(map(_is_image, images)) and all(map(_is_label, labels))
    if known and len(labels) <= 1 and (len(io.inputs[:1]), len(io.outputs)) == (1, 1):
        return
    raise ArtifactError(
        f"{path} is not an image-to-image generator: it maps {_describe(io.inputs)} to "
        f"{_describe(io.outputs)}; expected one input and one output, float32 or uint8, "
        "[N, H, W, 3] or [N, 3, H, W] (or 1 channel), and at most a label, float32 [N, c], as "
        "second input."
    )


def _is_image(tensor: Tensor) -> bool:
    known = tensor.dtype in ("float32", "uint8") and len(tensor.shape) == 4
    return known and nhwc(tensor)[3] in CHANNELS


def _is_label(tensor: Tensor) -> bool:
    return tensor.dtype == "float32" and len(tensor.shape) == 2 and tensor.shape[1] is not None


def _describe(tensors: tuple[Tensor, ...]) -> str:
    return ", ".join(f"{t.dtype} {[d or '?' for d in t.shape]}" for t in tensors) or "nothing"
