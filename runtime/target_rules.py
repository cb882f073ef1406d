"""Will a delegate of a phone or browser take a .tflite? Rules that need no such device.

Found by compiling small networks (LiteRT's GPU delegate, LiteRT.js), and read in the op lists of
delegates and compiler plugins (Qualcomm, MediaTek, Samsung; Core ML). A file that breaks no
rule may still be refused for its types or sizes; one that breaks a rule is refused.

- cpu: LiteRT on the CPU, and the tensors that the apps of `edgegan app` pass.
- gpu: LiteRT's GPU delegate; a file that it does not take whole fails to compile.
- browser: LiteRT.js, and the tensors that the app of `edgegan app` passes.
- npu: what all of the three take.
- coreml: the Core ML delegate of iOS; networks with instance norms fall to pieces on it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from edgegan.errors import ArtifactError, IncompatibleArtifact, unknown_name
from edgegan.optional import needs

_CUSTOM = {"CUSTOM": "use built-in ops only"}  # of TensorFlow (Flex), or somebody's own
_VARIABLES = ("CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE")
_DYNAMIC = ("SHAPE", "PACK", "WHILE", "IF")
_NORM = ("SQUARED_DIFFERENCE", "RSQRT", "SUB")
SYMMETRIC_PAD = "MIRROR_PAD (symmetric)"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a target refuses.

    Attributes:
        types: That inputs and outputs may have.
        rank: The most axes a tensor may have; None is any number.
        ops: Names of ops it does not take, and what to do about them.
    """

    types: tuple[str, ...]
    rank: int | None
    ops: dict[str, str]


def _all(names: tuple[str, ...], remedy: str) -> dict[str, str]:
    return dict.fromkeys(names, remedy)


_STATIC = "export it with a fixed size and batch, as edgegan export does"
_WEIGHTS = "the file has no weights of its own; convert it again, as edgegan export does"
_REFLECT = "pad by reflection, or with zeros"
_ANY_GRAPH = Rules(types=("float32",), rank=None, ops=_CUSTOM | _all(_VARIABLES, _WEIGHTS))
RULES = {
    "cpu": _ANY_GRAPH,
    "gpu": Rules(
        types=("float32",),
        rank=4,
        ops=_CUSTOM
        | _all(_VARIABLES, _WEIGHTS)
        | _all(_DYNAMIC, _STATIC)
        | {SYMMETRIC_PAD: _REFLECT},
    ),
    "browser": _ANY_GRAPH,
    "npu": Rules(
        types=("float32", "int8"),
        rank=4,
        ops=_CUSTOM
        | _all(_VARIABLES, _WEIGHTS)
        | _all(_DYNAMIC, _STATIC)
        | _all(("MIRROR_PAD", SYMMETRIC_PAD), "export it by EdgeGAN, or train with zero padding"),
    ),
    "coreml": Rules(
        types=("float32",),
        rank=4,
        ops=_CUSTOM
        | _all(_VARIABLES, _WEIGHTS)
        | _all(_DYNAMIC, _STATIC)
        | _all(_NORM, "on iOS use LiteRT's Metal accelerator instead")
        | {"RESIZE_NEAREST_NEIGHBOR": "train with upsample = deconv", SYMMETRIC_PAD: _REFLECT},
    ),
}


@dataclass(frozen=True, kw_only=True)
class Graph:
    """What the rules look at.

    Attributes:
        ops: Count by name.
        ends: Type and shape of each input and output, None for a free dimension.
        rank: The most axes of any tensor.
        free: How many tensors have a free dimension.
    """

    ops: dict[str, int]
    ends: tuple[tuple[str, tuple[int | None, ...]], ...]
    rank: int
    free: int


def check_target(data: bytes, target: str) -> list[str]:
    """List what a target would refuse, each with what to do about it.

    Args:
        data: A .tflite.
        target: One of `RULES`.

    Raises:
        UsageError: there is no such target.
        ArtifactError: the bytes are no .tflite.
        MissingRequirement: ai-edge-litert, which reads them, is not installed.
    """
    if target not in RULES:
        raise unknown_name("target of --target-check", target, RULES)
    rules, graph = RULES[target], read_graph(data)
    found = []
    if graph.free:
        found.append(f"{graph.free} tensors have no fixed shape: {_STATIC}")
    for kind in sorted({kind for kind, _ in graph.ends if kind not in rules.types}):
        wanted = " or ".join(rules.types)
        found.append(f"an input or output is {kind}, not {wanted}: export it with --io float32")
    if rules.rank is not None and graph.rank > rules.rank:
        found.append(
            f"a tensor has {graph.rank} axes, at most {rules.rank} are taken: convert it again, as "
            "edgegan export does"
        )
    for name, remedy in rules.ops.items():
        if name in graph.ops:
            found.append(f"{graph.ops[name]} {name} is refused: {remedy}")
    return found


def require_fit(name: str, data: bytes, target: str) -> None:
    """Refuse a file that a target would.

    Raises:
        IncompatibleArtifact: naming every reason.
    """
    found = check_target(data, target)
    if found:
        raise IncompatibleArtifact(f"{name} does not fit {target}: {'; '.join(found)}.")


def read_graph(data: bytes) -> Graph:
    """Read what the rules look at.

    Raises:
        ArtifactError: the bytes are no .tflite.
        MissingRequirement: ai-edge-litert, which reads them, is not installed.
    """
    with needs("tflite"):
        from ai_edge_litert import schema_py_generated as schema
    try:
        if not schema.Model.ModelBufferHasIdentifier(data, 0):
            raise ValueError("no TFL3 identifier")
        return _graph(schema, schema.Model.GetRootAs(data, 0))
    except Exception as error:  # a damaged flatbuffer fails anywhere
        raise ArtifactError(f"The file is damaged, or is no .tflite ({error}).") from error


def _graph(schema: Any, model: Any) -> Graph:
    subgraphs = [model.Subgraphs(i) for i in range(model.SubgraphsLength())]
    main = subgraphs[0]
    ends = [main.Inputs(i) for i in range(main.InputsLength())]
    ends += [main.Outputs(i) for i in range(main.OutputsLength())]
    shapes = [_shape(part.Tensors(i)) for part in subgraphs for i in range(part.TensorsLength())]
    types = {value: name for name, value in vars(schema.TensorType).items() if name.isupper()}
    tensors = [main.Tensors(i) for i in ends]
    return Graph(
        ops=_ops(schema, model, subgraphs),
        ends=tuple((types[one.Type()].lower(), _shape(one)) for one in tensors),
        rank=max(map(len, shapes)),
        free=sum(None in shape for shape in shapes),
    )


def _ops(schema: Any, model: Any, subgraphs: list[Any]) -> dict[str, int]:
    names = {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}
    counts: Counter[str] = Counter()
    for part in subgraphs:
        for op in (part.Operators(i) for i in range(part.OperatorsLength())):
            code = model.OperatorCodes(op.OpcodeIndex())
            number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
            name = names.get(number, f"op {number}")
            counts[SYMMETRIC_PAD if _pads_symmetrically(schema, op, name) else name] += 1
    return dict(counts)


def _pads_symmetrically(schema: Any, op: Any, name: str) -> bool:
    if name != "MIRROR_PAD":
        return False
    options = schema.MirrorPadOptions()
    options.Init(op.BuiltinOptions().Bytes, op.BuiltinOptions().Pos)
    return bool(options.Mode() == schema.MirrorPadMode.SYMMETRIC)


def _shape(tensor: Any) -> tuple[int | None, ...]:
    signature, shape = tensor.ShapeSignatureAsNumpy(), tensor.ShapeAsNumpy()
    sizes = shape if isinstance(signature, int) or not len(signature) else signature
    return () if isinstance(sizes, int) else tuple(None if n < 0 else int(n) for n in sizes)
