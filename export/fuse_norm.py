"""Fusing the instance norm: eight to ten ONNX nodes become one InstanceNormalization.

TensorFlow has no instance norm, so a converted graph holds its arithmetic. Runtimes
are faster with the node, and precision rules ("keep the norms in float32") can name it.

For `x` of `[N, C, H, W]`, with the mean taken over H and W (GlobalAveragePool), the
node computes (ONNX operator InstanceNormalization, since opset 6)

    y = scale * (x - mean) / sqrt(variance + epsilon) + B

and the converted graph, with d = x - mean(x) and r = 1 / sqrt(mean(d * d) + epsilon),

    d * r                          scale = 1, B = 0
    d * (r * gamma) [+ beta]       scale = gamma, B = beta

These are the same function, since mean(d * d) is the biased variance. An offset is
fused in a second step, as `y + beta` adds to B, whatever made `y`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx_ir as ir
from onnx_ir.passes.common import ShapeInferencePass
from onnxscript.rewriter import RewriteRule, RewriteRuleSet, rewrite

Tensor = npt.NDArray[Any]


def fuse_norm(model: ir.Model) -> None:
    """Fuse every instance norm of `model`, in place; drop unused nodes and opsets.

    Other kinds of norm, and norms whose intermediate values are used elsewhere, stay
    as they are. Reshapes within a norm must be gone (edgegan.export.tidy_onnx).
    """
    ShapeInferencePass()(model)
    rewrite(model, _RULES)


def count_norms(model: ir.Model) -> int:
    """Count the InstanceNormalization nodes."""
    return sum(node.op_type == "InstanceNormalization" for node in model.graph)


def _plain_pattern(op: Any, x: Any, epsilon: Any) -> Any:
    centred, inverse_deviation = _standardise(op, x, epsilon)
    return op.Mul(centred, inverse_deviation)


def _scaled_pattern(op: Any, x: Any, epsilon: Any, gamma: Any) -> Any:
    centred, inverse_deviation = _standardise(op, x, epsilon)
    return op.Mul(centred, op.Mul(inverse_deviation, gamma))


def _standardise(op: Any, x: Any, epsilon: Any) -> tuple[Any, Any]:
    centred = op.Sub(x, op.GlobalAveragePool(x))
    variance = op.GlobalAveragePool(op.Mul(centred, centred))
    return centred, op.Reciprocal(op.Sqrt(op.Add(variance, epsilon)))


def _offset_pattern(op: Any, x: Any, scale: Any, offset: Any, beta: Any) -> Any:
    return op.Add(op.InstanceNormalization(x, scale, offset, _outputs=["norm"]), beta)


def _fuse(op: Any, x: ir.Value, epsilon: ir.Value, gamma: ir.Value | None = None) -> Any:
    eps, channels = _constant(epsilon), _channels(x)
    if eps is None or eps.size != 1 or channels is None:
        return None
    scale = np.ones(channels, eps.dtype) if gamma is None else _per_channel(gamma, channels)
    if scale is None:
        return None
    offset = np.zeros(channels, eps.dtype)
    return op.InstanceNormalization(
        x, _node(op, scale), _node(op, offset), epsilon=float(eps.item())
    )


def _fuse_offset(
    op: Any, x: ir.Value, scale: ir.Value, offset: ir.Value, beta: ir.Value, norm: ir.Value
) -> Any:
    channels, old = _channels(x), _constant(offset)
    added = None if channels is None else _per_channel(beta, channels)
    if added is None or old is None:
        return None
    attributes = norm.producer().attributes  # type: ignore[union-attr]
    return op.InstanceNormalization(x, scale, _node(op, old + added), **attributes)


def _channels(x: ir.Value) -> int | None:
    """Return C of `[N, C, H, W]`; None for another rank or a C that is not known."""
    if x.shape is None or len(x.shape) != 4 or not isinstance(x.shape[1], int):
        return None
    return x.shape[1]


def _constant(value: ir.Value) -> Tensor | None:
    tensor = ir.convenience.get_const_tensor(value)
    return None if tensor is None else tensor.numpy()


def _per_channel(value: ir.Value, channels: int) -> Tensor | None:
    """Return the constant as `[C]`, if it broadcasts to `[1, C, 1, 1]`."""
    array = _constant(value)
    if array is None or array.ndim > 4:
        return None
    full = array.reshape((1,) * (4 - array.ndim) + array.shape)
    if full.shape not in ((1, channels, 1, 1), (1, 1, 1, 1)):
        return None
    return np.broadcast_to(full, (1, channels, 1, 1)).reshape(channels)


def _node(op: Any, array: Tensor) -> Any:
    return op.Constant(value=ir.tensor(array))


_RULES = RewriteRuleSet(
    [
        RewriteRule(_plain_pattern, _fuse),
        RewriteRule(_scaled_pattern, _fuse),
        RewriteRule(_offset_pattern, _fuse_offset),
    ],
    commute=True,
)
