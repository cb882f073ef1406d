from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.runtime.jetpack import UNKNOWN_JETPACK, Board, l4t_version, read_board
from tests.runtime.jetson_trees import AGX_ORIN, NANO, ORIN_NANO, XAVIER, write_tree


@pytest.mark.parametrize(
    ("tree", "soc", "capability", "l4t", "jetpack"),
    [
        (ORIN_NANO, "tegra234", "8.7", "36.4.3", "6.2"),
        (AGX_ORIN, "tegra234", "8.7", "35.4.1", "5.1.2"),
        (NANO, "tegra210", "5.3", "32.7.1", "4.6.1"),
        (XAVIER, "tegra194", "7.2", "35.99.7", UNKNOWN_JETPACK),
    ],
)
def test_boards(
    tmp_path: Path, tree: dict[str, str], soc: str, capability: str, l4t: str, jetpack: str
) -> None:
    assert read_board(write_tree(tmp_path, tree)) == Board(
        model=tree["proc/device-tree/model"].rstrip("\0"),
        soc=soc,
        compute_capability=capability,
        l4t=l4t,
        jetpack=jetpack,
    )


def test_other_machines_are_no_jetson(tmp_path: Path) -> None:
    assert read_board(tmp_path) is None
    tree = {"proc/device-tree/model": "Raspberry Pi 5", "proc/device-tree/compatible": "brcm,x\0"}
    assert read_board(write_tree(tmp_path, tree)) is None


def test_a_container_hides_the_release(tmp_path: Path) -> None:
    tree = {k: v for k, v in ORIN_NANO.items() if k.startswith("proc/")}
    board = read_board(write_tree(tmp_path, tree))
    assert board is not None
    assert (board.l4t, board.jetpack, board.soc) == (None, UNKNOWN_JETPACK, "tegra234")


def test_the_release_alone_is_enough(tmp_path: Path) -> None:
    tree = {"etc/nv_tegra_release": ORIN_NANO["etc/nv_tegra_release"]}
    board = read_board(write_tree(tmp_path, tree))
    assert board is not None
    assert (board.model, board.soc, board.jetpack) == (None, None, "6.2")


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("# R36 (release), REVISION: 4.3, GCID: 1", "36.4.3"),
        ("# R36 (release), REVISION: 3, GCID: 1", "36.3.0"),
        ("# R38 (release), REVISION: 2.0, GCID: 1", "38.2.0"),
        ("R36, no release", None),
        ("garbage \ufffd", None),
        ("", None),
    ],
)
def test_l4t_versions(release: str, version: str | None) -> None:
    assert l4t_version(release) == version
