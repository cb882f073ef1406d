"""The files of the Android project and of the Swift package. Their Kotlin: test_kotlin.py."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from edgegan.domains import declare_domains
from edgegan.errors import UsageError
from edgegan.export.android_app import write_android_app
from edgegan.export.app_folder import templates
from edgegan.export.app_models import AppModel, model_json, open_models
from edgegan.export.c_app import FOR_CPUS
from edgegan.export.ios_app import write_ios_app
from edgegan.manifest import Precision, Task, write_manifest
from tests.runtime.models import conv_relu_tanh, describe, selftest_image, write_tflite

Write = Callable[[list[AppModel], str, Path], list[Path]]
ASSETS = "app/src/main/assets"
RESOURCES = "Sources/EdgeGANApp/Models"
PLATFORMS = [(write_android_app, "android", ASSETS), (write_ios_app, "ios", RESOURCES)]


@pytest.fixture
def models(tmp_path: Path) -> list[AppModel]:
    """One network, as if in two precisions."""
    path = write_tflite(tmp_path / "a-fp16.tflite", conv_relu_tanh)
    write_manifest(path, describe(path, selftest_image()))
    (model,) = open_models([path])
    precision = Precision(requested="int8-dynamic", obtained="int8-dynamic")
    other = replace(model.manifest, precision=precision, options={"parity": "folder:/home/anna"})
    return [model, replace(model, name="a-int8-dynamic.tflite", manifest=other)]


@pytest.mark.parametrize(("write", "platform", "assets"), PLATFORMS)
def test_the_app_is_whole(
    tmp_path: Path, models: list[AppModel], write: Write, platform: str, assets: str
) -> None:
    folder = tmp_path / "app"
    written = write(models, "My app", folder)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {path.relative_to(folder).as_posix() for path in written} == there
    added = {f"{assets}/model.json", *(f"{assets}/{model.name}" for model in models)}
    assert there == {*templates(platform), *added}
    told = json.loads((folder / assets / "model.json").read_text())
    assert told["title"] == "My app"
    for one in told["models"]:
        data = (folder / assets / one["file"]).read_bytes()
        assert sha256(data).hexdigest() == one["file_sha256"]
    assert "anna" not in json.dumps(told)
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".tflite":
            assert "{{" not in path.read_text(), path


@pytest.mark.parametrize(("write", "platform", "assets"), PLATFORMS)
def test_nothing_is_overwritten(
    tmp_path: Path, models: list[AppModel], write: Write, platform: str, assets: str
) -> None:
    del platform, assets
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is there and not empty"):
        write(models, "X", folder)
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("title", "resource", "name"),
    [
        ("Zebra 2", "Zebra 2", "edgegan_zebra_2"),
        ('Tom & Anna\'s <"best">', 'Tom & Anna\\\'s <\\"best\\">', "edgegan_tom_anna_s_best"),
        ("@string/x", "\\@string/x", "edgegan_string_x"),
        ("50 % ?", "50 % ?", "edgegan_50"),
        ("C:\\new\n\x07line", "C:\\\\new line", "edgegan_c_new_line"),
        ("斑马", "斑马", "edgegan"),
        ('"; rm -rf', '\\"; rm -rf', "edgegan_rm_rf"),
        ("{{name}}", "{{name}}", "edgegan_name"),
    ],
)
def test_any_title_fits(
    tmp_path: Path, models: list[AppModel], title: str, resource: str, name: str
) -> None:
    write_android_app(models, title, tmp_path / "app")
    strings = ElementTree.parse(tmp_path / "app/app/src/main/res/values/strings.xml")
    assert strings.findtext("string[@name='app_name']") == resource
    assert f'rootProject.name = "{name}"' in (tmp_path / "app/settings.gradle.kts").read_text()
    build = (tmp_path / "app/app/build.gradle.kts").read_text()
    assert f'applicationId = "com.example.{name}"' in build
    told = json.loads((tmp_path / "app" / ASSETS / "model.json").read_text())
    assert told["title"] == title


def test_the_android_project_holds_together() -> None:
    files = {name: data.decode() for name, data in templates("android").items()}
    xml = {name: text for name, text in files.items() if name.endswith(".xml")}
    for text in xml.values():
        ElementTree.fromstring(text)
    named = {name for text in xml.values() for name in re.findall(r'"@(\w+/[\w.]+)"', text)}
    resources = "app/src/main/res"
    for name in named:
        kind, what = name.split("/")
        values = "".join(t for n, t in xml.items() if n.startswith(f"{resources}/values/"))
        assert f"{resources}/{kind}/{what}.xml" in xml or f'<{kind} name="{what}"' in values, name
    assert 'android:name=".MainActivity"' in xml["app/src/main/AndroidManifest.xml"]
    build = files["app/build.gradle.kts"]
    assert 'noCompress += "tflite"' in build
    assert 'namespace = "com.example.edgegan"' in build
    for name, text in files.items():
        if name.endswith(".kt"):
            assert "package com.example.edgegan\n" in text, name


def test_the_android_app_asks_for_no_permission() -> None:
    """Nor does it for those that a library's manifest brings along."""
    android, tools = (f"{{http://schemas.android.com/{of}}}" for of in ("apk/res/android", "tools"))
    manifest = ElementTree.fromstring(templates("android")["app/src/main/AndroidManifest.xml"])
    asked = {
        permission.get(f"{android}name", "").removeprefix("android.permission."): permission.attrib
        for permission in manifest.iter("uses-permission")
    }
    assert set(asked) == {"FOREGROUND_SERVICE", "FOREGROUND_SERVICE_DATA_SYNC"}
    assert {told.get(f"{tools}node") for told in asked.values()} == {"remove"}


def test_all_apps_prefer_the_same_precisions_on_cpus() -> None:
    swift = templates("ios")["Sources/EdgeGANApp/Generator.swift"].decode()
    source = "app/src/main/kotlin/com/example/edgegan/Generator.kt"
    kotlin = templates("android")[source].decode()
    for text, name in ((swift, "forCpu"), (kotlin, "FOR_CPU")):
        listed = re.search(rf"val {name} = listOf\((.*)\)|let {name} = \[(.*)\]", text)
        assert listed
        ranked = re.findall(r'"(.+?)"', listed[1] or listed[2])
        assert tuple(ranked) == FOR_CPUS


def test_what_the_sources_read_is_in_model_json(models: list[AppModel]) -> None:
    task = Task(family="stargan", direction="G", domains=declare_domains("hair:Blond,Male"))
    model = replace(models[0], manifest=replace(models[0].manifest, task=task))
    keys = set(_keys(json.loads(model_json([model], "X"))))
    kotlin = templates("android")["app/src/main/kotlin/com/example/edgegan/ModelJson.kt"].decode()
    read = set(re.findall(r'(?:get\w+|isNull|floats\(told\.getJSONArray)\("(\w+)"\)', kotlin))
    assert len(read) > 15
    assert read <= keys
    swift = templates("ios")
    decoded = "".join(
        swift[f"Sources/EdgeGANApp/{name}.swift"].decode().split("private static let")[0]
        for name in ("ModelJson", "SelfTest", "Domains")
    )
    stored = re.findall(r"^    +let `?(\w+)`?: [^{=\n]*$", decoded, re.MULTILINE)
    spelled = {re.sub("([A-Z])", lambda m: "_" + m[1].lower(), name) for name in stored}
    assert len(spelled) > 15
    assert spelled - {"error_description"} <= keys


def test_both_ask_for_the_same_release_of_litert() -> None:
    gradle = templates("android")["app/build.gradle.kts"].decode()
    swift = templates("ios")["Package.swift"].decode()
    release = re.findall(r"litert(?:-gpu)?:([\d.]+)", gradle)
    assert len(set(release)) == 1
    assert f'branch: "release/{release[0]}"' in swift


def _keys(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        yield from told
    if isinstance(told, dict | list):
        for inner in told.values() if isinstance(told, dict) else told:
            yield from _keys(inner)
