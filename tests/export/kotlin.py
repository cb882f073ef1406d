"""The Kotlin compiler of npm (`kotlin-compiler`), run by Java: what it says, and what it makes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from tests.repository import ROOT

JAVA = shutil.which("java")
_HOME = Path(os.environ.get("KOTLIN", ""), "node_modules/kotlin-compiler")
_LIBRARY = _HOME / "lib/kotlin-stdlib.jar"
MISSING = JAVA is None or not _LIBRARY.is_file()
REASON = "needs Java and, in the folder KOTLIN, npm's kotlin-compiler: make test-kotlin"

STUBS = ROOT / "tests/export/kotlin_stubs"
MAIN = ROOT / "tests/export/kotlin_main"
_JARS = ("compiler", "stdlib", "script-runtime", "reflect")
_OTHERS = ("annotations-13.0.jar", "kotlinx-coroutines-core-jvm.jar")
_ANDROID = "{http://schemas.android.com/apk/res/android}"


def compiled(sources: Iterable[Path], classes: Path) -> str:
    """Compile files and folders, with warnings as errors; return the complaints, if any."""
    jars = [*(f"kotlin-{name}.jar" for name in _JARS), *_OTHERS]
    command = [
        *(str(JAVA), "-cp", os.pathsep.join(str(_HOME / "lib" / jar) for jar in jars)),
        *("org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", "-kotlin-home", str(_HOME)),
        *("-no-reflect", "-Werror", "-d", str(classes), *map(str, sources)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert (done.returncode == 0) == (not done.stderr), done.stderr
    return done.stderr


def run(classes: Path, *arguments: str, given: str) -> list[str]:
    """Run the `main` of `kotlin_main`; return the words that it prints."""
    path = os.pathsep.join((str(classes), str(_LIBRARY)))
    command = [str(JAVA), "-cp", path, "com.example.edgegan.MainKt", *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def resources(folder: Path) -> str:
    """Write the class R of an Android project's resources, as its build does."""
    names: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*.xml")):
        kind = path.parent.name.split("-")[0]
        root = ElementTree.parse(path).getroot()
        if kind != "values":
            names.setdefault(kind, set()).add(path.stem)
        for element in root.iter() if kind == "layout" else root:
            named = element.get(f"{_ANDROID}id", "") if kind == "layout" else element.get("name")
            group = "id" if kind == "layout" else element.tag
            if kind in ("layout", "values") and named:
                names.setdefault(group, set()).add(re.sub(r"^@\+id/|\.", "", named))
    objects = "".join(
        f"object {group} {{ {'; '.join(f'const val {name} = 0' for name in sorted(found))} }}\n"
        for group, found in sorted(names.items())
    )
    return f"package com.example.edgegan\nobject R {{\n{objects}}}\n"
