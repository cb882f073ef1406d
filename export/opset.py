"""The opset of an ONNX file: the version of the operators that its nodes are of.

tf2onnx is asked for opset 17 at most, since from 18 on it writes reductions in another form,
which edgegan.export.fuse_norm does not know, and from 19 on nothing. Later opsets are reached
by ONNX's own version converter, which refuses an operator that it cannot bring there.
"""

from __future__ import annotations

import onnx
import onnx_ir as ir

from edgegan.errors import EdgeganError

LAST_CONVERTED = 17


def to_opset(model: ir.Model, opset: int) -> ir.Model:
    """Bring a model to a later opset, and its IR version to the first that knows it.

    Args:
        model: Of opset 17, or of `opset` where that is earlier.
        opset: One of `edgegan.export.targets.OPSETS`.

    Raises:
        EdgeganError: an operator cannot be brought there.
    """
    if opset > LAST_CONVERTED:
        model = _later(model, opset)
    model.ir_version = onnx.helper.find_min_ir_version_for([onnx.helper.make_opsetid("", opset)])
    return model


def _later(model: ir.Model, opset: int) -> ir.Model:
    try:
        return ir.from_proto(onnx.version_converter.convert_version(ir.to_proto(model), opset))
    except Exception as error:  # the converter's errors share no base class
        reason = " ".join(str(error).split()).rstrip(".")
        raise EdgeganError(
            f"The network cannot be brought to opset {opset} ({reason}). "
            f"Ask for opset {LAST_CONVERTED}."
        ) from error
