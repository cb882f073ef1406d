from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.runtime.nvpmodel import PowerMode, parse_config, parse_status, read_power_mode
from tests.runtime.jetson_trees import AGX_ORIN, NANO, ORIN_NANO, write_tree


def test_the_chosen_mode(tmp_path: Path) -> None:
    assert read_power_mode(write_tree(tmp_path, ORIN_NANO)) == PowerMode(
        id=2, name="MAXN_SUPER", assumed=False, others=("15W", "25W")
    )


def test_numbers_mean_other_modes_on_other_boards(tmp_path: Path) -> None:
    mode = read_power_mode(write_tree(tmp_path, NANO))
    assert mode == PowerMode(id=1, name="5W", assumed=False, others=("MAXN",))


def test_the_default_holds_until_one_is_chosen(tmp_path: Path) -> None:
    mode = read_power_mode(write_tree(tmp_path, AGX_ORIN))
    assert mode == PowerMode(id=1, name="MODE_15W", assumed=True, others=("MAXN",))


def test_a_mode_without_a_name(tmp_path: Path) -> None:
    mode = read_power_mode(write_tree(tmp_path, {"var/lib/nvpmodel/status": "pmode:0009"}))
    assert mode == PowerMode(id=9, name=None, assumed=False, others=())


def test_no_files_no_mode(tmp_path: Path) -> None:
    assert read_power_mode(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "names", "default"),
    [
        ("< POWER_MODEL NAME=MAXN ID=3 >\n<PM_CONFIG DEFAULT=3>", {3: "MAXN"}, 3),
        ("# < POWER_MODEL ID=0 NAME=OLD >", {}, None),
        ("< POWER_MODEL ID=x NAME=A >\n< POWER_MODEL ID=1 >\n< PM_CONFIG DEFAULT=? >", {}, None),
        ("\ufffd<<>> POWER_MODEL", {}, None),
    ],
)
def test_configurations(text: str, names: dict[int, str], default: int | None) -> None:
    assert parse_config(text) == (names, default)


@pytest.mark.parametrize(
    ("text", "mode"),
    [("pmode:0002", 2), ("pmode:0010 fmode:quiet", 10), ("pmode:", None), ("", None)],
)
def test_status(text: str, mode: int | None) -> None:
    assert parse_status(text) == mode
