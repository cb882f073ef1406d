from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest

from edgegan.export.tidy_onnx import (
    channels_last_borders,
    drop_idle_reshapes,
    fold_crops,
    name_by_layer,
    plain_resizes,
    reshape_idle_transposes,
)
from tests.export.onnx_graphs import ops, parse, run
from tests.train.tiny import uniform

DECONV = """
deconv (float[1,2,4,3] x) => (float[{n},{c},{h},{w}] y)
<float[2,3,3,3] weight = {{{weight}}},
 int64[{k}] starts = {{{starts}}}, int64[{k}] ends = {{{ends}}},
 int64[{k}] axes = {{{axes}}}, int64[{k}] steps = {{{steps}}}>
{{
  full = ConvTranspose <strides = [2, 2], pads = [{pads}]> (x, weight)
  part = Slice (full, starts, ends, axes, steps)
  {end}
}}
"""
LAST = 2**31 - 1


def cropped(
    shape: tuple[int, ...],
    starts: list[int],
    ends: list[int],
    axes: list[int],
    steps: list[int] | None = None,
    pads: str = "0, 0, 0, 0",
    end: str = "y = Relu (part)",
) -> ir.Model:
    """Make a transposed convolution, 3x3 with stride 2, of 4x3 to 9x7, and a Slice."""
    lists = {
        "starts": starts,
        "ends": ends,
        "axes": axes,
        "steps": steps or [1] * len(axes),
        "weight": uniform(0, (2 * 3 * 3 * 3,)).tolist(),
    }
    numbers = {key: ", ".join(map(str, values)) for key, values in lists.items()}
    sizes = dict(zip("nchw", shape, strict=True))
    return parse(DECONV.format(k=len(axes), pads=pads, end=end, **sizes, **numbers))


FOLDABLE = {
    "first row and column": (cropped((1, 3, 8, 6), [1, 1], [LAST, LAST], [2, 3]), [1, 1, 0, 0]),
    "all axes, in another order": (
        cropped((1, 3, 8, 6), [0, 1, 1, 0], [LAST] * 4, [0, 2, 3, 1]),
        [1, 1, 0, 0],
    ),
    "last rows": (cropped((1, 3, 7, 7), [0], [-2], [2]), [0, 0, 2, 0]),
    "beside pads that are there": (
        cropped((1, 3, 7, 5), [1, 1], [LAST, LAST], [2, 3], pads="0, 0, 1, 1"),
        [1, 1, 1, 1],
    ),
}


@pytest.mark.parametrize(("model", "pads"), FOLDABLE.values(), ids=FOLDABLE)
def test_a_crop_becomes_pads(model: ir.Model, pads: list[int]) -> None:
    x = uniform(1, (1, 2, 4, 3))
    expected = run(model, x)
    fold_crops(model)
    assert ops(model) == {"ConvTranspose": 1, "Relu": 1}
    assert list(model.graph[0].attributes["pads"].as_ints()) == pads
    np.testing.assert_allclose(run(model, x), expected, atol=1e-6)


NOT_FOLDABLE = {
    "every second row": cropped((1, 3, 5, 7), [0], [LAST], [2], [2]),
    "a channel": cropped((1, 2, 9, 7), [1], [LAST], [1]),
    "the whole is used too": cropped(
        (1, 3, 9, 7), [0], [1], [2], end="sum = Add (full, part)  y = Relu (sum)"
    ),
}


@pytest.mark.parametrize("model", NOT_FOLDABLE.values(), ids=NOT_FOLDABLE)
def test_another_slice_stays(model: ir.Model) -> None:
    x = uniform(1, (1, 2, 4, 3))
    expected = run(model, x)
    fold_crops(model)
    assert ops(model)["Slice"] == 1
    np.testing.assert_array_equal(run(model, x), expected)


@pytest.mark.parametrize("factor", [2, 3])
def test_a_resize_by_a_whole_factor_repeats_pixels(factor: int) -> None:
    model = resize(factor)
    plain_resizes(model)
    attributes = model.graph[0].attributes
    assert attributes["coordinate_transformation_mode"].as_string() == "asymmetric"
    x = uniform(0, (1, 2, 3, 4))
    np.testing.assert_array_equal(run(model, x), x.repeat(factor, 2).repeat(factor, 3))


def test_a_resize_by_a_fraction_stays() -> None:
    model = resize(1.5)
    plain_resizes(model)
    attributes = model.graph[0].attributes
    assert attributes["coordinate_transformation_mode"].as_string() == "tf_half_pixel_for_nn"


def resize(factor: float) -> ir.Model:
    return parse(f"""
    resize (float[1,2,3,4] x) => (float[1,2,H,W] y)
    <float[4] scales = {{1.0, 1.0, {factor:.1f}, {factor:.1f}}}>
    {{
      y = Resize <mode = "nearest", nearest_mode = "floor",
                  coordinate_transformation_mode = "tf_half_pixel_for_nn"> (x, , scales)
    }}
    """)


def test_transposes_of_one_channel_become_one_reshape_or_none() -> None:
    model = parse("""
    moves (float[1,1,3,4] image) => (float[1,1,3,4] output)
    <int64[4] back = {1, 1, 3, 4}>
    {
      a = Transpose <perm = [0, 2, 3, 1]> (image)
      b = Relu (a)
      c = Transpose <perm = [0, 3, 1, 2]> (b)
      d = Reshape (c, back)
      e = Relu (d)
      f = Transpose <perm = [0, 2, 3, 1]> (e)
      output = Reshape (f, back)
    }
    """)
    x = uniform(0, (1, 1, 3, 4))
    expected = run(model, x)
    reshape_idle_transposes(model)
    drop_idle_reshapes(model)
    assert {name: n for name, n in ops(model).items() if name != "Constant"} == {
        "Relu": 2,
        "Reshape": 2,
    }
    np.testing.assert_array_equal(run(model, x), expected)
    assert model.graph.outputs[0].name == "output"


def test_transposes_that_move_values_stay() -> None:
    model = parse("""
    moves (float[1,2,3,4] image) => (float[1,3,4,2] output)
    { output = Transpose <perm = [0, 2, 3, 1]> (image) }
    """)
    reshape_idle_transposes(model)
    assert ops(model) == {"Transpose": 1}


def test_only_idle_reshapes_go() -> None:
    model = parse("""
    reshapes (float[2,3,1,1] x) => (float[3,2,1,1] y)
    <int64[4] same = {2, 3, 1, 1}, int64[4] other = {3, 2, 1, 1}>
    {
      a = Reshape (x, same)
      b = Relu (a)
      c = Reshape (b, other)
      y = Relu (c)
    }
    """)
    x = uniform(0, (2, 3, 1, 1))
    drop_idle_reshapes(model)
    assert ops(model) == {"Relu": 2, "Reshape": 1}
    np.testing.assert_array_equal(run(model, x), np.maximum(x, 0).reshape(3, 2, 1, 1))


def test_an_idle_reshape_at_the_border_leaves_the_name() -> None:
    model = parse("""
    reshapes (float[2,1,3,4] image) => (float[2,1,3,4] output)
    <int64[4] same = {2, 1, 3, 4}>
    { a = Reshape (image, same)  b = Relu (a)  output = Reshape (b, same) }
    """)
    drop_idle_reshapes(model)
    assert ops(model) == {"Relu": 1}
    assert [value.name for value in (*model.graph.inputs, *model.graph.outputs)] == [
        "image",
        "output",
    ]
    x = uniform(0, (2, 1, 3, 4))
    np.testing.assert_array_equal(run(model, x), np.maximum(x, 0))


def test_a_reshape_from_border_to_border_stays() -> None:
    model = parse("""
    reshapes (float[2,3] image) => (float[2,3] output)
    <int64[2] same = {2, 3}>
    { output = Reshape (image, same) }
    """)
    drop_idle_reshapes(model)
    assert ops(model) == {"Reshape": 1}


def test_borders_turn_nchw_into_nhwc() -> None:
    model = parse("""
    pool (float[1,3,4,6] image) => (float[1,3,2,6] output)
    { output = MaxPool <kernel_shape = [2, 1], strides = [2, 1]> (image) }
    """)
    channels_first = uniform(0, (1, 3, 4, 6))
    expected = run(model, channels_first)
    channels_last_borders(model)
    found = run(model, channels_first.transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(found, expected.transpose(0, 2, 3, 1))
    assert [node.op_type for node in model.graph] == ["Transpose", "MaxPool", "Transpose"]
    assert [value.name for value in (*model.graph.inputs, *model.graph.outputs)] == [
        "image",
        "output",
    ]


def test_nodes_are_named_after_layers() -> None:
    model = parse("""
    names (float[1,2,3,4] image) => (float[1,2,3,4] output)
    <float[2,2,1,1] "net/stem_conv/Conv2D/ReadVariableOp:0" =
       {1.0, 2.0, 3.0, 4.0}, float unused = {1.0}, float[2] shared = {1.0, 2.0}>
    {
      "net/stem_conv/Conv2D:0" = Conv (image, "net/stem_conv/Conv2D/ReadVariableOp:0")
      "net/stem_norm/mul_1:0" =
        InstanceNormalization ("net/stem_conv/Conv2D:0", shared, shared)
      "net/stem_norm/add_1:0" =
        InstanceNormalization ("net/stem_norm/mul_1:0", shared, shared)
      "Relu__17:0" = Relu ("net/stem_norm/add_1:0")
      output = Relu ("Relu__17:0")
    }
    """)
    name_by_layer(model, "net")
    assert [node.name for node in model.graph] == [
        *("stem_conv", "stem_norm", "stem_norm_1"),
        *("relu", "relu_1"),
    ]
    assert [node.outputs[0].name for node in model.graph] == [
        *("stem_conv", "stem_norm", "stem_norm_1"),
        *("relu", "output"),
    ]
    assert list(model.graph.initializers) == ["stem_conv.W", "stem_norm.scale"]
