"""Settings: TOML and --set become checked dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from edgegan.errors import UsageError
from edgegan.settings import build, override, read_toml, write_toml


@dataclass(frozen=True, kw_only=True)
class Net:
    filters: int = 64
    norm: Literal["instance", "none"] = "instance"


@dataclass(frozen=True, kw_only=True)
class Settings:
    net: Net = field(default_factory=Net)
    rate: float = 0.1
    name: str = "x"
    flip: bool = True
    stop: int | None = None


def test_defaults_and_values() -> None:
    assert build(Settings, {}) == Settings()
    content = {"net": {"filters": 8}, "rate": 1, "flip": False, "stop": 5}
    built = build(Settings, content)
    assert built == Settings(net=Net(filters=8), rate=1.0, flip=False, stop=5)
    assert isinstance(built.rate, float)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"net": {"filter": 8}}, r"Unknown setting 'net\.filter'\. Did you mean 'net\.filters'"),
        ({"nett": {}}, "Unknown setting 'nett'"),
        ({"net": {"filters": "8"}}, r"net\.filters is '8'; expected int"),
        ({"net": {"filters": True}}, r"net\.filters is True; expected int"),
        ({"net": {"filters": 8.5}}, "expected int"),
        ({"net": {"norm": "batch"}}, "expected one of 'instance', 'none'"),
        ({"net": 3}, r"set net\.<key>=value"),
        ({"flip": 1}, "expected bool"),
        ({"rate": "fast"}, "expected float"),
        ({"stop": "never"}, "expected int or nothing"),
    ],
)
def test_bad_content_is_named(content: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        build(Settings, content)


@dataclass(frozen=True, kw_only=True)
class Part:
    name: str
    group: str | None = None


@dataclass(frozen=True, kw_only=True)
class Owner:
    net: Net = field(default_factory=lambda: Net(filters=8, norm="none"))
    specs: tuple[str, ...] = ("a",)
    sizes: tuple[int, ...] = ()
    parts: tuple[Part, ...] = ()


def test_a_part_of_a_group_leaves_what_its_owner_says() -> None:
    assert build(Owner, {"net": {"filters": 4}}) == Owner(net=Net(filters=4, norm="none"))
    assert build(Owner, {"net": {}}) == build(Owner, {}) == Owner()


def test_tuples_are_made_of_lists() -> None:
    content = {
        "specs": ["b", "c"],
        "sizes": [],
        "parts": [{"name": "x"}, {"name": "y", "group": "g"}],
    }
    expected = Owner(specs=("b", "c"), parts=(Part(name="x"), Part(name="y", group="g")))
    assert build(Owner, content) == expected
    assert build(Owner, {"specs": ("b",)}).specs == ("b",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"specs": "b"}, r"specs is 'b'; expected a list"),
        ({"specs": [1]}, r"specs is 1; expected str"),
        ({"sizes": [1, True]}, r"sizes is True; expected int"),
        ({"parts": ["x"]}, r"parts is a group of settings"),
        ({"parts": [{"nam": "x"}]}, r"Unknown setting 'parts\.nam'\. Did you mean 'parts\.name'"),
        ({"parts": [{"name": 1}]}, r"parts\.name is 1; expected str"),
    ],
)
def test_bad_lists_are_named(content: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        build(Owner, content)


def test_override_reads_values_and_keeps_the_source() -> None:
    content = {"net": {"filters": 64, "norm": "none"}}
    changed = override(
        content, ["net.filters=1_600", "rate=2e-4", "flip=false", "name=a=b", "quoted='8'"]
    )
    assert changed == {
        "net": {"filters": 1600, "norm": "none"},
        "rate": 2e-4,
        "flip": False,
        "name": "a=b",
        "quoted": "8",
    }
    assert content["net"]["filters"] == 64


@pytest.mark.parametrize("assignment", ["net.filters", "=8", "net.=8", ".filters=8"])
def test_override_refuses_other_forms(assignment: str) -> None:
    with pytest.raises(UsageError, match=r"not of the form group\.key=value"):
        override({}, [assignment])


def test_override_refuses_a_value_used_as_a_group() -> None:
    with pytest.raises(UsageError, match="'rate' is a value"):
        override({"rate": 0.1}, ["rate.x=1"])


def test_toml_round_trip(tmp_path: Path) -> None:
    settings = Settings(net=Net(filters=0), rate=2e-4, name="größe", flip=False, stop=None)
    write_toml(tmp_path / "config.toml", settings)
    assert build(Settings, read_toml(tmp_path / "config.toml")) == settings


def test_toml_round_trip_of_lists(tmp_path: Path) -> None:
    """None is left out at any depth."""
    settings = Owner(specs=(), sizes=(1, 2), parts=(Part(name="x"), Part(name="y", group="g")))
    write_toml(tmp_path / "config.toml", settings)
    assert build(Owner, read_toml(tmp_path / "config.toml")) == settings


def test_a_missing_or_damaged_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        read_toml(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[net\n")
    with pytest.raises(UsageError, match="is not valid TOML"):
        read_toml(tmp_path / "bad.toml")
