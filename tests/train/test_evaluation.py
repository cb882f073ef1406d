from __future__ import annotations

import base64
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.emoji_styles import held_out_drawings, open_emoji_styles
from edgegan.errors import ArtifactError, DataError, UsageError
from edgegan.image_metrics import psnr
from edgegan.images import decode_image
from edgegan.runtime.engine import load
from edgegan.train.evaluation import BLURRED, INPUT, REAL, Evaluation, evaluate, evaluation_steps
from edgegan.train.evaluation_data import EvaluationData, open_evaluation
from edgegan.train.evaluation_judge import Translator, open_judge
from edgegan.train.evaluation_report import Report, as_json, images_needed, write_page
from edgegan.train.evaluation_subject import Subjects, open_subjects
from edgegan.train.image_scores import l1
from tests.export.generators import SIZE, TINY, saved, saved_stargan
from tests.train.evaluated import IMAGES, exported, means, write_images


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return exported(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_images(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def whole(
    files: list[Path], images: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Subjects, EvaluationData, Evaluation]:
    """Evaluate all formats once; the reverse is the generator itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEGAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        subjects = open_subjects([str(path) for path in files], reverse=files[0])
        data = open_evaluation(str(images), subjects.size, subjects.direction, subjects.domains)
        steps: list[int] = []
        evaluation = evaluate(
            subjects, data, means(), report=lambda done, note="": steps.append(done)
        )
    assert steps == list(range(1, evaluation_steps(subjects, data) + 1))
    return subjects, data, evaluation


@pytest.mark.slow
def test_drift_is_0_for_fp32_and_grows_with_coarser_precision(
    files: list[Path], whole: tuple[Subjects, EvaluationData, Evaluation]
) -> None:
    rows = {row.artifact: row.scores for row in whole[2].rows if row.artifact}
    keras, fp32, fp16, int8, onnx = (rows[path] for path in files)
    assert "drift_psnr" not in keras  # it is what the others drift from
    for exact in (fp32, onnx):
        assert exact["drift_max_lsb"].value <= 1
        assert exact["drift_l1"].value < 1e-3
    psnrs = [scores["drift_psnr"].value for scores in (fp32, fp16, int8)]
    assert psnrs[0] >= psnrs[1] > psnrs[2]
    assert int8["drift_l1"].value > 5 * fp32["drift_l1"].value


def test_drift_and_cycle_are_what_the_engines_give(
    files: list[Path], whole: tuple[Subjects, EvaluationData, Evaluation]
) -> None:
    (direction,) = whole[1].directions
    keras, int8 = load(files[0]), load(files[3])
    row = whole[2].rows[3 + 3].scores
    expected = [psnr(int8(image), keras(image)) for image in direction.sources]
    assert row["drift_psnr"].value == pytest.approx(np.mean(expected))
    back = [psnr(keras(int8(image)), image) for image in direction.sources]
    assert row["cycle_psnr"].value == pytest.approx(np.mean(back))


def test_a_file_that_several_were_made_from_is_opened_and_asked_once(
    whole: tuple[Subjects, EvaluationData, Evaluation],
) -> None:
    subjects, data, _ = whole
    keras = subjects.files[0].engine
    assert [file.source for file in subjects.files] == [None, *[keras] * 4]
    assert subjects.reverse is keras
    judge = open_judge(data.directions[0], means(), ["drift"])
    assert judge.translated(Translator(keras)) is judge.translated(Translator(keras))


def test_the_honest_rows_are_there(whole: tuple[Subjects, EvaluationData, Evaluation]) -> None:
    rows = {row.name: row.scores for row in whole[2].rows}
    assert list(rows)[:3] == [INPUT, BLURRED, REAL]
    assert rows[INPUT]["cycle_l1"].value == rows[INPUT]["identity_l1"].value == 0
    assert rows[BLURRED]["identity_l1"].value > 0
    assert rows[REAL]["fid"].value < rows[INPUT]["fid"].value
    assert set(rows[REAL]) == {"fid", "kid"}
    low, high = rows[REAL]["kid"].interval
    assert low < 0 < high
    assert set(whole[2].omitted) == {"paired", "attributes"}


def test_the_json_has_the_settled_keys_and_the_protocol(
    whole: tuple[Subjects, EvaluationData, Evaluation], files: list[Path]
) -> None:
    content = as_json(report_of(whole))
    assert {"protocol", "metrics"} <= set(content)
    wanted = {"fid", "kid", "kid_ci", "cycle_l1", "identity_l1"}
    assert wanted <= set(content["metrics"])
    assert len(content["metrics"]["kid_ci"]) == 2
    assert content["metrics"] == content["rows"][3]["metrics"]
    assert "drift_psnr" in content["rows"][4]["metrics"]
    assert [row["artifact"] for row in content["rows"][3:]] == [str(path) for path in files]
    assert content["protocol"]["images"] == {
        "A2B": {"translated": IMAGES, "real": IMAGES, "reference": IMAGES}
    }
    features = content["protocol"]["features"]
    assert (features["extractor"], features["dimensions"]) == ("means", 3)
    assert (content["protocol"]["size"], "bicubic" in content["protocol"]["resize"]) == (
        [SIZE, SIZE],
        True,
    )


def test_narrower_intervals_need_more_images(
    whole: tuple[Subjects, EvaluationData, Evaluation],
) -> None:
    wide, narrow = (images_needed(report_of(whole, share)) for share in (0.2, 0.1))
    assert narrow["cycle_l1"] == pytest.approx(4 * wide["cycle_l1"], abs=4)
    # +-10 % of the untranslated input's distance, and of the score itself where it has none.
    honest, keras = whole[2].rows[0].scores, whole[2].rows[3].scores
    for name, scale in (("fid", honest["fid"].value), ("cycle_l1", keras["cycle_l1"].value)):
        low, high = keras[name].interval
        assert narrow[name] == math.ceil(IMAGES * ((high - low) / 2 / (0.1 * scale)) ** 2)


def test_the_page_shows_the_worst_and_the_best(
    whole: tuple[Subjects, EvaluationData, Evaluation], tmp_path: Path
) -> None:
    text = write_page(tmp_path, report_of(whole)).read_text()
    assert "the worst 6 by cycle_l1" in text
    assert "the best 6 by cycle_l1" in text
    assert text.count("<img") == 2 * 6 * (1 + len(whole[0].files))
    (direction,) = whole[1].directions
    keras = load(whole[0].files[0].path)
    moved = [l1(keras(keras(x))[None], x[None])[0] for x in direction.sources]
    inputs = re.findall(r'alt="input" src="data:image/png;base64,([^"]+)"', text)
    order = np.argsort(moved)
    for found, number in zip(inputs, [*order[:-7:-1], *order[:6]], strict=True):
        picture = decode_image(base64.b64decode(found), "shown")
        np.testing.assert_array_equal(picture, direction.sources[number])


def report_of(whole: tuple[Subjects, EvaluationData, Evaluation], interval: float = 0.1) -> Report:
    subjects, data, evaluation = whole
    return Report(
        evaluation=evaluation, subjects=subjects, data=data, extractor=means(), interval=interval
    )


def test_bad_images_are_told_and_left_out(tmp_path: Path) -> None:
    root = write_images(tmp_path / "data", IMAGES + 1)
    path = root / "testA" / "testA-0.png"
    path.write_bytes(path.read_bytes()[:-30])
    data = open_evaluation(str(root), (SIZE, SIZE), "A2B", ())
    assert len(data.directions[0].sources) == IMAGES
    assert "testA-0.png" in data.skipped[0]


def test_emoji_are_compared_with_the_same_emoji() -> None:
    a2b = open_evaluation("emoji", (16, 16), "A2B", (), limit=20).directions[0]
    b2a = open_evaluation("emoji", (16, 16), "B2A", (), limit=20).directions[0]
    assert a2b.truths is not None
    assert np.array_equal(a2b.truths, b2a.sources)
    assert (len(a2b.sources), len(a2b.reference)) == (20, len(a2b.training))


def test_styles_are_asked_for_one_by_one_and_each_emoji_counts_once() -> None:
    styles = open_emoji_styles()
    data = open_evaluation("emoji-styles", (64, 64), "G", styles.domains)
    drawn = held_out_drawings()
    assert [one.name for one in data.directions] == ["to twemoji", "to openmoji", "to fluent"]
    fluent = data.directions[2]
    assert fluent.truths is not None
    assert np.array_equal(fluent.truths, drawn["fluent"])
    assert np.array_equal(fluent.sources[0], drawn["twemoji"][0])
    assert np.array_equal(fluent.sources[1], drawn["openmoji"][1])
    assert fluent.labels is not None
    assert fluent.back is not None
    assert np.array_equal(fluent.labels, np.tile([0, 0, 1], (200, 1)))
    assert np.array_equal(fluent.back[:2], [[1, 0, 0], [0, 1, 0]])
    assert np.array_equal(fluent.targets, drawn["fluent"])


def test_what_cannot_be_measured_is_refused(
    files: list[Path], images: Path, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"testA of .* has 3 readable images.*at least 10"):
        open_evaluation(str(write_images(tmp_path / "few", 3)), (SIZE, SIZE), "A2B", ())
    star = open_subjects([str(saved_stargan(tmp_path))])
    with pytest.raises(UsageError, match=r"no labels.*emoji-styles"):
        open_evaluation("emoji", star.size, star.direction, star.domains)
    other = tmp_path / "other"
    other.mkdir()
    small = saved(other)
    with pytest.raises(ArtifactError, match="was not made from"):
        open_subjects([str(files[1])], source=small)
    (tmp_path / "wide").mkdir()
    wide = saved(tmp_path / "wide", replace(TINY, image_size=32)).rename(tmp_path / "B2A.keras")
    with pytest.raises(UsageError, match=r"one image size; got A2B.keras 16x16, B2A.keras 32x32"):
        open_subjects([str(files[0])], reverse=wide)
    subjects = open_subjects([str(files[0])])
    data = open_evaluation(str(images), subjects.size, subjects.direction, ())
    for name, reason in (
        ("drift", "is what others drift from"),
        ("cycle", "--reverse"),
        ("paired", "does not tell the truth"),
        ("attributes", "domains"),
    ):
        with pytest.raises(UsageError, match=f"{name} cannot be measured: .*{reason}"):
            evaluate(subjects, data, means(), [name])
    with pytest.raises(UsageError, match="Did you mean 'drift'"):
        evaluate(subjects, data, means(), ["drfit"])
