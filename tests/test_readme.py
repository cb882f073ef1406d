"""The documents: their commands and options exist, their links lead somewhere.

What a document marks to run does run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

from edgegan.cli import app
from tests.markdown import blocks, commands, extras, links
from tests.repository import ROOT, pyproject

DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    *sorted(f"docs/{p.name}" for p in ROOT.glob("docs/*.md")),
]
TREE: Any = typer.main.get_command(app)


def marked_script(document: str) -> str:
    """Join the blocks of `document` that are marked to run; they share a folder."""
    text = (ROOT / document).read_text()
    return "".join(block.script for block in blocks(text) if block.runs)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_and_their_options_exist(document: str) -> None:
    found = [
        problem
        for block in blocks((ROOT / document).read_text())
        for words in commands(block.script)
        for problem in problems(words)
    ]
    assert found == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files(document: str) -> None:
    path = ROOT / document
    broken = [link for link in links(path.read_text()) if not (path.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_extras_exist(document: str) -> None:
    known = pyproject()["project"]["optional-dependencies"]
    assert [e for e in extras((ROOT / document).read_text()) if e not in known] == []


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if marked_script(name)])
def test_marked_blocks_run(document: str, tmp_path: Path) -> None:
    done = run_script(marked_script(document), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_unknown_commands_and_options_are_found() -> None:
    tree = small_tree()
    assert problems(["edgegan", "--help"], tree) == []
    assert problems([".venv/bin/edgegan", "--debug", "run", "a.onnx", "-o", "-"], tree) == []
    assert problems(["edgegan", "train", "cyclegan", "--steps=-1"], tree) == []
    assert problems(["edgegan", "rnu", "a"], tree) == ["edgegan rnu: no such command"]
    assert problems(["edgegan", "train", "stargan"], tree) == [
        "edgegan train stargan: no such command"
    ]
    assert problems(["edgegan", "run", "a", "-x", "--outt=b"], tree) == [
        "edgegan run: no option -x",
        "edgegan run: no option --outt",
    ]


def test_unknown_make_targets_are_found() -> None:
    assert problems(["make", "test", "PYTHON=python3.12"]) == []
    assert problems(["make", "-s", "tset"]) == ["make tset: no such target"]
    assert problems(["cd", "--nowhere"]) == []


def test_a_failing_line_fails_its_script(tmp_path: Path) -> None:
    assert run_script("true\nls | cat\n", tmp_path).returncode == 0
    assert run_script("false\ntrue\n", tmp_path).returncode == 1
    assert run_script("edgegan trian\n", tmp_path).returncode == 2


def run_script(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a bash script in `folder`, with this interpreter's commands first."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )


def small_tree() -> Any:
    """Make a command line with one command and one group."""
    root, group = typer.Typer(), typer.Typer()
    group.callback()(lambda: None)

    @root.command()
    def run(source: str, out: Annotated[str, typer.Option("--out", "-o")]) -> None:
        del source, out

    @group.command()
    def cyclegan(steps: int = 0) -> None:
        del steps

    root.add_typer(group, name="train")
    return typer.main.get_command(root)


def problems(words: list[str], tree: Any = TREE) -> list[str]:
    """List what a command line of ours names that does not exist."""
    name = Path(words[0]).name
    if name == "edgegan":
        return _edgegan_problems(words[1:], tree)
    if name == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        asked = [word for word in words[1:] if re.fullmatch(r"[a-z][a-z-]*", word)]
        return [f"make {target}: no such target" for target in asked if target not in targets]
    return []


def _edgegan_problems(words: list[str], command: Any) -> list[str]:
    path, known, used = "edgegan", {"-h", "--help", "--debug"}, []
    for word in words:
        if re.match(r"--?[a-zA-Z]", word):
            used.append(word.partition("=")[0])
        elif hasattr(command, "commands"):
            path += f" {word}"
            known.update(_options(command))
            command = command.commands.get(word)
            if command is None:
                return [f"{path}: no such command"]
    known.update(_options(command))
    return [f"{path}: no option {option}" for option in used if option not in known]


def _options(command: Any) -> list[str]:
    return [name for item in command.params for name in (*item.opts, *item.secondary_opts)]
