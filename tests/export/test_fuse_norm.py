from __future__ import annotations

import numpy as np
import onnx_ir as ir
import pytest

from edgegan.export.fuse_norm import count_norms, fuse_norm
from tests.export.onnx_graphs import ops, parse, run
from tests.train.tiny import uniform

SHAPE = (2, 3, 5, 4)
# The norm of x with d, r as edgegan.export.fuse_norm names them; `end` makes y of them.
NORM = """
norm (float[2,3,5,4] x) => (float[2,3,5,4] y)
<float[1] epsilon = {{0.001}},
 float[1,3,1,1] gamma = {{0.5, -2.0, 1.5}}, float[3,1,1] beta = {{-1.0, 0.25, 3.0}},
 float two = {{2.0}}, float[1,1,1,4] row = {{1.0, 2.0, 3.0, 4.0}}>
{{
  mean = GlobalAveragePool (x)
  d = Sub (x, mean)
  square = Mul (d, d)
  variance = GlobalAveragePool (square)
  sum = Add ({sum})
  root = Sqrt (sum)
  r = Reciprocal (root)
  {end}
}}
"""
ENDS = {
    "plain": "y = Mul (d, r)",
    "plain, operands swapped": "y = Mul (r, d)",
    "scale": "s = Mul (r, gamma)  y = Mul (d, s)",
    "offset": "n = Mul (d, r)  y = Add (n, beta)",
    "scale and offset": "s = Mul (r, gamma)  n = Mul (d, s)  y = Add (n, beta)",
    "all operands swapped": "s = Mul (gamma, r)  n = Mul (s, d)  y = Add (beta, n)",
    "one scale for all channels": "s = Mul (r, two)  n = Mul (d, s)  y = Add (n, two)",
    "two offsets": "n = Mul (d, r)  m = Add (n, beta)  y = Add (m, two)",
}


def norm(end: str, operands: str = "variance, epsilon") -> ir.Model:
    return parse(NORM.format(end=end, sum=operands))


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("operands", ["variance, epsilon", "epsilon, variance"])
def test_a_norm_becomes_one_node_of_the_same_function(end: str, operands: str) -> None:
    model, x = norm(end, operands), uniform(0, SHAPE)
    expected = run(model, x)
    fuse_norm(model)
    assert {op: n for op, n in ops(model).items() if op != "Constant"} == {
        "InstanceNormalization": 1
    }
    np.testing.assert_allclose(run(model, x), expected, atol=1e-5)


def test_the_function_is_instance_norm() -> None:
    model, x = norm(ENDS["scale and offset"]), uniform(1, SHAPE)
    fuse_norm(model)
    gamma, beta = (np.reshape(v, (1, 3, 1, 1)) for v in ([0.5, -2.0, 1.5], [-1.0, 0.25, 3.0]))
    mean, variance = x.mean((2, 3), keepdims=True), x.var((2, 3), keepdims=True)
    expected = gamma * (x - mean) / np.sqrt(variance + 0.001) + beta
    np.testing.assert_allclose(run(model, x), expected, atol=1e-5)


def test_every_norm_of_a_graph_is_fused() -> None:
    first = norm("z = Mul (d, r)  " + second_norm())
    fuse_norm(first)
    assert count_norms(first) == 2
    assert ops(first)["Mul"] == 0


LOOK_ALIKES = {
    "a value within is used again": "y0 = Mul (d, r)  y = Add (y0, d)",
    "the scale varies over pixels": "s = Mul (r, row)  y = Mul (d, s)",
    "the scale is computed": "s = Mul (r, mean)  y = Mul (d, s)",
    "x is divided, not x - mean": "y = Mul (x, r)",
}


@pytest.mark.parametrize("end", LOOK_ALIKES.values(), ids=LOOK_ALIKES)
def test_another_function_is_left_alone(end: str) -> None:
    model, x = norm(end), uniform(2, SHAPE)
    expected, before = run(model, x), ops(model)
    fuse_norm(model)
    assert ops(model) == before
    np.testing.assert_array_equal(run(model, x), expected)


def test_a_computed_offset_is_not_fused() -> None:
    model, x = norm("n = Mul (d, r)  y = Add (n, x)"), uniform(3, SHAPE)
    expected = run(model, x)
    fuse_norm(model)
    assert ops(model)["Add"] == count_norms(model) == 1
    np.testing.assert_allclose(run(model, x), expected, atol=1e-5)


def test_means_over_other_axes_are_left_alone() -> None:
    text = NORM.replace("GlobalAveragePool (x)", "ReduceMean <axes = [1, 2, 3]> (x)")
    model = parse(text.format(end=ENDS["plain"], sum="variance, epsilon"))
    fuse_norm(model)
    assert count_norms(model) == 0


def second_norm() -> str:
    return """
      mean2 = GlobalAveragePool (z)
      d2 = Sub (z, mean2)
      square2 = Mul (d2, d2)
      variance2 = GlobalAveragePool (square2)
      sum2 = Add (variance2, epsilon)
      root2 = Sqrt (sum2)
      r2 = Reciprocal (root2)
      y = Mul (d2, r2)
    """
