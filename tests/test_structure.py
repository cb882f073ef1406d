"""The size and naming rules of the code, counted."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.repository import ROOT, repository_files

FILE_LINES = 300
FUNCTION_LINES = 50
EMPTY_NAMES = {"common", "core", "helpers", "misc", "utils"}


def test_files_and_functions_are_short_and_named_for_what_they_hold() -> None:
    offenders = [
        finding
        for path in repository_files()
        if path.suffix == ".py"
        for finding in findings(path, (ROOT / path).read_text())
    ]
    assert not offenders, "\n".join(["split by concept:", *offenders])


def test_a_long_file_is_found() -> None:
    assert findings(Path("a.py"), "x = 1\n" * FILE_LINES) == []
    assert findings(Path("a.py"), "x = 1\n" * (FILE_LINES + 1)) == ["a.py: 301 lines (at most 300)"]


def test_a_long_function_is_found_wherever_it_is() -> None:
    body = "        x = 1\n"
    source = "class A:\n    async def f(self):\n" + body * (FUNCTION_LINES - 1)
    assert findings(Path("a.py"), source) == []
    assert findings(Path("a.py"), source + body) == ["a.py:2 f: 51 lines (at most 50)"]


def test_a_name_that_says_nothing_is_found() -> None:
    assert findings(Path("train/utils.py"), "") == ["train/utils.py: name it for what it holds"]
    assert findings(Path("core/model.py"), "") == ["core/model.py: name it for what it holds"]
    assert findings(Path("score.py"), "") == []


def findings(path: Path, source: str) -> list[str]:
    """List how `source`, the Python file at `path`, breaks the rules."""
    found = []
    if EMPTY_NAMES.intersection(path.with_suffix("").parts):
        found.append(f"{path}: name it for what it holds")
    lines = len(source.splitlines())
    if lines > FILE_LINES:
        found.append(f"{path}: {lines} lines (at most {FILE_LINES})")
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > FUNCTION_LINES:
            found.append(
                f"{path}:{node.lineno} {node.name}: {length} lines (at most {FUNCTION_LINES})"
            )
    return found
