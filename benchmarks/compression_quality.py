"""How much of a teacher's quality do students keep, beside what they must beat?

    python benchmarks/compression_quality.py emoji --folder compression
    python benchmarks/compression_quality.py emoji-styles --folder compression
    python benchmarks/compression_quality.py forest2glacier --folder compression \
        --teacher runs/scenes/generators/A2B.keras --features mobilenet_v1_embedding.tflite

For each width and seed the command trains a student by `edgegan compress` and, as a control,
the same network as a plain GAN for as many steps; a second control only has channels
cut. All are scored by `edgegan eval` beside the untranslated and the blurred input and the
teacher. `share of the gain` is (input - student) / (input - teacher) of the score.

It takes hours. Each network and each score is a file in the folder, so an interrupted command
goes on; one whose settings changed needs another folder.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from compression_studies import STUDIES, Study

from edgegan import console
from edgegan.manifest import read_manifest, sha256
from edgegan.train.evaluation import BLURRED, INPUT

KINDS = ("cut", "student", "plain")


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network to score.

    Attributes:
        name: Of its row, the same for all seeds.
        file: Where it is, or will be.
        command: Of `edgegan`, which makes it; empty if it is there.
    """

    name: str
    file: Path
    command: tuple[str, ...] = ()


def main() -> None:
    """Make, score and print what is missing."""
    arguments = _arguments()
    study = STUDIES[arguments.study]
    teacher = arguments.teacher or study.teacher
    if teacher is None:
        raise SystemExit("Name the teacher with --teacher.")
    folder = arguments.folder / arguments.study
    wanted = {
        "steps": arguments.steps,
        "features": arguments.features,
        "teacher": sha256(teacher),
        **study.settings,
    }
    _check_settings(folder, wanted)
    networks = list(_networks(study, teacher, folder, arguments))
    with console.progress("Networks", len(networks)) as report:
        for done, network in enumerate(networks):
            report(done, network.name)
            if not network.file.is_file():
                _edgegan(*network.command)
            _score(network, study, folder, arguments.features)
        report(len(networks))
    _tell(networks, study, folder, teacher)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", choices=STUDIES)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--features", default="emoji")
    parser.add_argument("--widths", type=int, nargs="+")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=3_000)
    parser.add_argument("--kinds", choices=KINDS, nargs="+", default=KINDS, help="of networks")
    return parser.parse_args()


def _check_settings(folder: Path, settings: dict[str, Any]) -> None:
    path = folder / "settings.json"
    if path.is_file() and json.loads(path.read_text()) != settings:
        raise SystemExit(f"{path} tells of other settings; choose another --folder.")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings))


def _networks(
    study: Study, teacher: Path, folder: Path, arguments: argparse.Namespace
) -> Iterator[Network]:
    yield Network(name="teacher", file=teacher)
    for width in arguments.widths or study.widths:
        for kind in arguments.kinds:
            for seed in range(1 if kind == "cut" else arguments.seeds):
                yield _network(kind, study, teacher, folder, width, seed, arguments.steps)


def _network(
    kind: str, study: Study, teacher: Path, folder: Path, width: int, seed: int, steps: int
) -> Network:
    if kind == "plain":
        run = folder / f"plain-w{width}-s{seed}"
        return Network(
            name=f"width {width}, plain GAN",
            file=run / f"generators/{'G' if study.family == 'stargan' else 'A2B'}.keras",
            command=_plain(study, run, width, seed, steps),
        )
    if kind == "cut":
        name, file, steps = "channels cut", folder / f"cut-w{width}.keras", 0
    else:
        name, file = "student", folder / f"student-w{width}-s{seed}.keras"
    command = _compress(study, teacher, file, width, seed, steps)
    return Network(name=f"width {width}, {name}", file=file, command=command)


def _compress(
    study: Study, teacher: Path, output: Path, width: int, seed: int, steps: int
) -> tuple[str, ...]:
    run = output.with_suffix("")
    if (run / "config.toml").is_file():
        return ("compress", "--resume", str(run))
    every = ("train.sample_every=500", "train.checkpoint_every=500")
    settings = (*study.student, f"train.seed={seed}", *every)
    return (
        *("compress", str(teacher), "-o", str(output), "--data", study.data),
        *("--width", str(width), "--steps", str(steps), "--run", str(run), *_set(settings)),
    )


def _plain(study: Study, run: Path, width: int, seed: int, steps: int) -> tuple[str, ...]:
    if (run / "config.toml").is_file():
        return ("train", study.family, "--resume", str(run))
    settings = (*study.plain, f"generator.filters={width}", f"train.seed={seed}")
    return (
        *("train", study.family, "--config", study.preset, "--data", study.data),
        *("--run", str(run), *_set((*settings, f"train.steps={steps}"))),
    )


def _set(settings: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for setting in settings for word in ("--set", setting))


def _edgegan(*arguments: str) -> str:
    command = [sys.executable, "-m", "edgegan", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}.")
    return done.stdout


def _score(network: Network, study: Study, folder: Path, features: str) -> None:
    path = _scores(network, folder)
    if path.is_file():
        return
    how = ("--data", study.data, "--features", features, "--reference", study.reference)
    told = _edgegan("eval", str(network.file), *how, "--json")
    path.write_text(told)


def _scores(network: Network, folder: Path) -> Path:
    name = network.file.relative_to(folder).with_suffix("") if network.command else "teacher"
    return folder / f"{str(name).replace('/', '-')}.eval.json"


def _tell(networks: Sequence[Network], study: Study, folder: Path, teacher: Path) -> None:
    scores = tuple(dict.fromkeys((study.score, "fid")))
    first = json.loads(_scores(networks[0], folder).read_text())
    honest = {row["name"]: row["metrics"] for row in first["rows"]}
    rows = [
        (name, "-", "-", *(cell for score in scores for cell in (_range(honest[name], score), "-")))
        for name in (INPUT, BLURRED)
    ]
    for name in dict.fromkeys(network.name for network in networks):
        found = [network for network in networks if network.name == name]
        metrics = [json.loads(_scores(one, folder).read_text())["metrics"] for one in found]
        cells: list[str] = []
        for score in scores:
            before, best = honest[INPUT][score], first["metrics"][score]
            shares = [(before - one[score]) / (before - best) for one in metrics]
            value = _range(metrics[0], score) if len(found) == 1 else _spread(metrics, score)
            cells += [value, _mean_and_deviation(shares, 3)]
        rows.append((name, *_smaller(found[0].file, teacher), *cells))
    titles = [title for score in scores for title in (score, "share of its gain")]
    console.table(("", "MACs", "fewer", *titles), rows)
    count = len([one for one in networks if one.name == networks[-1].name])
    console.result(f"{study.data}; of {count} seeds the mean +- standard deviation.")


def _smaller(file: Path, teacher: Path) -> tuple[str, str]:
    mine, whole = read_manifest(file), read_manifest(teacher)
    assert mine is not None
    assert whole is not None
    assert mine.macs is not None
    assert whole.macs is not None
    return f"{mine.macs / 1e9:.4f} G", f"{whole.macs / mine.macs:.1f}x"


def _range(metrics: dict[str, Any], score: str) -> str:
    digits = _digits(score)
    low, high = metrics[f"{score}_ci"]
    return f"{metrics[score]:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _spread(metrics: Sequence[dict[str, Any]], score: str) -> str:
    return _mean_and_deviation([one[score] for one in metrics], _digits(score))


def _mean_and_deviation(values: Sequence[float], digits: int) -> str:
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{mean(values):.{digits}f} +- {stdev(values):.{digits}f}"


def _digits(score: str) -> int:
    return 2 if score == "fid" else 4


if __name__ == "__main__":
    main()
