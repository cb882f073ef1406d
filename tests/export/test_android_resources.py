"""The Android project's manifest and resources, linked by Debian's aapt2 where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edgegan.export.android_app import write_android_app

AAPT2 = shutil.which("aapt2")
FRAMEWORK = Path("/usr/share/android-framework-res/framework-res.apk")
MAIN = "app/src/main"

pytestmark = pytest.mark.skipif(
    AAPT2 is None or not FRAMEWORK.is_file(),
    reason="needs aapt2 and android-framework-res: apt install aapt android-framework-res",
)


def aapt2(*arguments: str | Path) -> str:
    command = [str(AAPT2), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("title", ["Zebra", 'Tom & Anna\'s <"best">', "@string/x \\n ?", "50 % %s"])
def test_they_link_and_the_title_is_the_label(tmp_path: Path, title: str) -> None:
    project = tmp_path / "app"
    write_android_app([], title, project)
    manifest = (project / MAIN / "AndroidManifest.xml").read_text()
    # What Gradle adds, and what this aapt2, of platform 29, is too old for.
    manifest = manifest.replace("<manifest ", '<manifest package="com.example.edgegan" ')
    manifest = manifest.replace("${applicationId}", "com.example.edgegan")
    manifest = re.sub("<uses-native-library.*?/>", "", manifest, flags=re.DOTALL)
    (tmp_path / "AndroidManifest.xml").write_text(manifest)
    compiled, linked = tmp_path / "compiled.zip", tmp_path / "linked.apk"
    aapt2("compile", "--dir", project / MAIN / "res", "-o", compiled)
    sdk = ("--min-sdk-version", "23", "--target-sdk-version", "29")
    manifested = ("--manifest", tmp_path / "AndroidManifest.xml")
    aapt2("link", "-o", linked, "-I", FRAMEWORK, *manifested, *sdk, compiled)
    assert f'\n      () "{title}"\n' in aapt2("dump", "resources", linked)
    badging = aapt2("dump", "badging", linked)
    assert "launchable-activity: name='com.example.edgegan.MainActivity'" in badging
