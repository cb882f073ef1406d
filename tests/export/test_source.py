from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.errors import UsageError
from edgegan.export.source import find_source


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a finished run `runs/r`, and go to its top."""
    folder = tmp_path / "runs" / "r"
    (folder / "generators").mkdir(parents=True)
    (folder / "config.toml").write_text('[data]\nspec = "folder:x"\n')
    for name in ("A2B", "B2A"):
        (folder / "generators" / f"{name}.keras").touch()
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.parametrize(
    ("direction", "names"), [("ab", ["A2B"]), ("ba", ["B2A"]), ("both", ["A2B", "B2A"])]
)
def test_a_run_by_name(run: Path, direction: str, names: list[str]) -> None:
    found = find_source("r", direction)
    assert [path.stem for path in found.generators] == names
    assert (found.folder, found.data) == (Path("runs/r/export"), ("folder:x",))


def test_a_run_by_path(run: Path) -> None:
    assert find_source(str(run), "ab").folder == run / "export"


def test_a_file_goes_beside_itself(run: Path) -> None:
    path = run / "generators" / "B2A.keras"
    found = find_source(str(path), "both")
    assert (found.generators, found.folder, found.data) == ((path,), path.parent, ())


def test_a_stargan_run_has_one_generator_and_no_direction(run: Path) -> None:
    (run / "config.toml").write_text(
        '[generator]\nfamily = "stargan"\n[data]\nspecs = ["classes:x", "csv:y"]\n'
    )
    with pytest.raises(UsageError, match="train stargan --resume r"):
        find_source("r")
    (run / "generators" / "G.keras").touch()
    found = find_source("r")
    assert found.generators == (Path("runs/r/generators/G.keras"),)
    assert found.data == ("classes:x", "csv:y")
    with pytest.raises(UsageError, match="leave out --direction"):
        find_source("r", "both")


def test_an_unfinished_run_says_how_to_finish(run: Path) -> None:
    (run / "generators" / "B2A.keras").unlink()
    with pytest.raises(UsageError, match="--resume r"):
        find_source("r", "both")


@pytest.mark.parametrize(
    ("source", "direction", "message"),
    [
        ("gone.keras", "ab", "does not exist"),
        ("q", "ab", "Runs here: r"),
        ("r", "abc", "use one of ab, ba, both"),
        ("runs/r/config.toml", "ab", "neither a generator file"),
    ],
)
def test_what_is_not_there(run: Path, source: str, direction: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        find_source(source, direction)
