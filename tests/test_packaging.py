"""The wheel holds every file of the package, and the presets are found both ways."""

from __future__ import annotations

import importlib.resources
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.repository import ROOT, pyproject, repository_files

# Folder in the repository -> folder in the wheel.
FOLDERS = {
    "edgegan": "edgegan",
    "configs": "edgegan/configs",
    "export": "edgegan/export",
    "runtime": "edgegan/runtime",
    "train": "edgegan/train",
}


def packaged_files() -> set[str]:
    """Name each file in the package's folders as the wheel should."""
    return {
        "/".join((FOLDERS[path.parts[0]], *path.parts[1:]))
        for path in repository_files()
        if path.parts[0] in FOLDERS
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of what is, or would be, committed."""
    source = tmp_path_factory.mktemp("source")
    for path in [*repository_files(), *(Path("edgegan", link) for link in stage_links())]:
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, source / path, follow_symlinks=False)
    target = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps"]
    command = [*pip, "--no-build-isolation", "--wheel-dir", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (built,) = target.glob("*.whl")
    return built


def stage_links() -> list[str]:
    """Name the links in edgegan/ that let type checkers find the stages."""
    return sorted(path.name for path in (ROOT / "edgegan").iterdir() if path.is_symlink())


def test_the_links_lead_to_the_stages() -> None:
    assert stage_links() == ["export", "runtime", "train"]
    for name in stage_links():
        assert (ROOT / "edgegan" / name).readlink() == Path("..", name)


def test_every_package_on_disk_is_listed() -> None:
    folders = {Path(name).parent for name in packaged_files() if name.endswith(".py")}
    on_disk = sorted(".".join(folder.parts) for folder in folders)
    assert pyproject()["tool"]["setuptools"]["packages"] == on_disk


def test_the_wheel_holds_what_is_on_disk(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    built = {name for name in names if ".dist-info/" not in name}
    expected = packaged_files()
    assert sorted(expected - built) == [], "missing in the wheel: see package-data"
    assert sorted(built - expected) == [], "in the wheel, but not in the repository"
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "edgegan/py.typed" in built


def test_presets_are_found_from_the_checkout() -> None:
    found = importlib.resources.files("edgegan.configs").iterdir()
    assert sorted(p.name for p in found if p.name.endswith(".toml")) == presets()


def test_presets_are_found_in_the_wheel(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = f"""
import importlib.resources, sys
sys.path.insert(0, {str(tmp_path)!r})
for path in importlib.resources.files("edgegan.configs").iterdir():
    if path.name.endswith(".toml"):
        print(path.name)
"""
    # -I and -S: without the checkout on the path and without the editable install.
    command = [sys.executable, "-I", "-S", "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert sorted(found.split()) == presets()


def presets() -> list[str]:
    """Name the presets on disk; there is at least one."""
    names = sorted(path.name for path in (ROOT / "configs").glob("*.toml"))
    assert names
    return names


def test_every_extra_that_the_code_names_exists() -> None:
    extras = pyproject()["project"]["optional-dependencies"]
    named = {
        (str(path), extra)
        for path in repository_files()
        if path.suffix == ".py"
        for extra in re.findall(r"\bneeds\(\"([^\"]+)\"\)", (ROOT / path).read_text())
    }
    assert named
    assert sorted(item for item in named if item[1] not in extras) == []


def test_all_leaves_out_the_wheels_that_hold_gpl_libraries() -> None:
    extras = pyproject()["project"]["optional-dependencies"]
    (pyav,) = brought_by("video", extras)
    assert pyav.startswith("av>=")
    assert pyav not in brought_by("all", extras)


def test_pyav_is_new_enough_for_the_colours_of_hd_videos() -> None:
    (pyav,) = pyproject()["project"]["optional-dependencies"]["video"]
    least = int(pyav.removeprefix("av>="))
    assert least >= 17
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = [int(re.split(r"[=.]+", line)[1]) for line in lines if line.startswith("av==")]
    assert pinned
    assert min(pinned) >= least


def brought_by(extra: str, extras: dict[str, list[str]]) -> set[str]:
    """List the requirements of an extra, and of the extras that it names."""
    found = set(extras[extra])
    for line in extras[extra]:
        named = re.fullmatch(r"edgegan\[(.*)\]", line)
        for inner in named[1].split(",") if named else []:
            found |= brought_by(inner, extras)
    return found


def test_constraints_pin_exactly_and_name_no_index() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    pattern = r"[a-z0-9-]+==[0-9a-z.]+(; python_version (<|>=) '3\.11')?"
    assert pins
    assert [line for line in pins if not re.fullmatch(pattern, line)] == []


def test_constraints_pin_each_direct_requirement() -> None:
    project = pyproject()["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    wanted = {re.split(r"[\[<>=; ]", line)[0] for group in groups for line in group}
    pinned = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert wanted - pinned == {"edgegan", "onnxruntime-gpu", "tensorrt"}  # as the GPU has it
