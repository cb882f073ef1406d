from __future__ import annotations

from pathlib import Path

import onnx
import onnx_ir as ir
import pytest

from edgegan.errors import EdgeganError, UsageError
from edgegan.export.engine_options import EngineOptions
from edgegan.export.trt import build_engine
from edgegan.runtime.rtx import read_header
from tests.export.onnx_graphs import parse

pytest.importorskip("tensorrt_rtx", reason="tensorrt-rtx has no wheel for this platform")

NETWORK = """
network (float[1,8,8,3] image) => (float[1,8,8,3] output)
<int64[8] pads = {0, 0, 1, 1, 0, 0, 1, 1}, float[3] one = {1.0, 1.0, 1.0},
 float[3] zero = {0.0, 0.0, 0.0}, float[3,1,3,3] weight = {
   0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4,
   1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7}>
{
  nchw = Transpose <perm = [0, 3, 1, 2]> (image)
  padded = Pad <mode = "reflect"> (nchw, pads)
  conv = Conv <group = 3> (padded, weight)
  norm = InstanceNormalization (conv, one, zero)
  output = Transpose <perm = [0, 2, 3, 1]> (norm)
}
"""


@pytest.fixture(scope="module")
def network() -> bytes:
    data: bytes = ir.to_proto(parse(NETWORK)).SerializeToString()
    return data


@pytest.fixture(scope="module")
def engine(network: bytes) -> bytes:
    return build_engine(network, name='edgegan:{"schema": 1}')


def test_the_default_is_three_generations(engine: bytes, tmp_path: Path) -> None:
    assert capabilities(engine, tmp_path) == ("8.6", "8.9", "12.0")


def test_the_name_is_stored_as_it_is(engine: bytes) -> None:
    assert b'edgegan:{"schema": 1}' in engine


def test_two_builds_give_equal_bytes(network: bytes, engine: bytes) -> None:
    assert build_engine(network, name='edgegan:{"schema": 1}') == engine


def test_compute_capabilities_are_chosen(network: bytes, tmp_path: Path) -> None:
    assert capabilities(build_engine(network, options=for_gpus("12.1", "8.0")), tmp_path) == (
        "8.0",
        "12.1",
    )


def test_the_build_is_silent(network: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    build_engine(network)
    with pytest.raises(EdgeganError):
        build_engine(b"nonsense")
    assert capfd.readouterr() == ("", "")


def test_progress_is_told(network: bytes) -> None:
    told: list[tuple[int, str]] = []
    build_engine(network, report=lambda done, note="": told.append((done, note)))
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert told[-1][1] == "Building engine"


def test_an_unknown_compute_capability_names_the_known(network: bytes) -> None:
    with pytest.raises(UsageError, match=r"'9.0'.*Did you mean '8.0'.*12\.0, .*8\.6, 8\.9"):
        build_engine(network, options=for_gpus("8.6", "9.0"))


def test_the_longest_name_is_stored_whole(network: bytes) -> None:
    assert b"n" * 4095 in build_engine(network, name="n" * 4095)
    with pytest.raises(EdgeganError, match="4096 bytes"):
        build_engine(network, name="é" * 2048)


@pytest.mark.parametrize("length", [0, 300])
def test_a_damaged_model_is_refused_in_one_line(network: bytes, length: int) -> None:
    with pytest.raises(EdgeganError, match=r"^TensorRT cannot [^\n]+$"):
        build_engine(network[:length])


def test_the_node_that_tensorrt_lacks_is_named() -> None:
    model = onnx.parser.parse_model("""
    <ir_version: 8, opset_import: ["": 17, "other": 1]>
    network (float[1,8,8,3] image) => (float[1,8,8,3] output)
    { [stem_magic] output = other.Magic (image) }
    """)
    with pytest.raises(EdgeganError, match=r"Magic node 'stem_magic': [^\n]+$"):
        build_engine(model.SerializeToString())


def test_dynamic_shapes_are_refused_with_the_reason() -> None:
    model = parse("""
    network (float[N,8,8,3] image) => (float[N,8,8,3] output) { output = Relu (image) }
    """)
    with pytest.raises(EdgeganError, match="no optimization profile"):
        build_engine(ir.to_proto(model).SerializeToString())


def for_gpus(*capabilities: str) -> EngineOptions:
    return EngineOptions(compute_capabilities=capabilities)


def capabilities(engine: bytes, folder: Path) -> tuple[str, ...]:
    """Read off its header what an engine was built for."""
    path = folder / "x.rtx"
    path.write_bytes(engine)
    header = read_header(path)
    assert header is not None
    return header.compute_capabilities
