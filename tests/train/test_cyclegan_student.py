"""A student's steps: what it learns, from whom, and that a run of it can be resumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras as keras

from edgegan.errors import ArtifactError, UsageError
from edgegan.images import load_image
from edgegan.train.cyclegan_student import CycleGANStudent
from edgegan.train.distillation_config import DistillationConfig
from edgegan.train.distillation_losses import alignment_loss, feature_loss, haar_loss
from edgegan.train.fit import fit
from edgegan.train.generator_file import load_generator
from edgegan.train.run_folder import RunFolder
from edgegan.train.training_log import read_log
from tests.train.test_fit import assert_resumes
from tests.train.tiny import SIZE, noise, numbered_data, numbered_images
from tests.train.tiny_distillation import TEACHER, student_config, write_judge, write_teacher

DISTILLED = {"distil_l1", "distil_haar", "distil_alignment", "distil_features"}


@pytest.fixture
def lessons(tmp_path: Path) -> DistillationConfig:
    """A teacher with its discriminator."""
    return DistillationConfig(
        teacher=str(write_teacher(tmp_path)), discriminator=str(write_judge(tmp_path))
    )


def test_the_losses_are_those_of_the_recipe(lessons: DistillationConfig) -> None:
    lessons = replace(lessons, l1=2.0, features=3.0, haar=5.0, alignment=7.0, target_share=0.0)
    gan = CycleGANStudent(student_config(lessons))
    a, b = noise(1), noise(2)
    teacher, student = gan.student.teacher.network, gan.student.network
    image, target = student(a), teacher(a)
    logits = gan.discriminator(image)
    names = ("down1_relu", "block1_add", "block2_add")
    inner = [
        [keras.Model(net.inputs, net.get_layer(n).output)(a) for n in names]
        for net in (student, teacher)
    ]
    judge = gan.student.teacher.features
    assert judge is not None
    assert len(judge(a)) == 2
    expected = {
        "gan": float(np.mean((logits - 1) ** 2)),
        "distil_l1": 2 * float(np.mean(np.abs(image - target))),
        "distil_haar": 5 * float(haar_loss(image, target)),
        "distil_alignment": 7 * float(alignment_loss(*inner)),
        "distil_features": 3 * float(feature_loss(judge(image), judge(target))),
        "discriminator": 0.5 * float(np.mean((gan.discriminator(b) - 1) ** 2) + np.mean(logits**2)),
    }
    losses = {name: float(loss) for name, loss in gan.train_step(a, b).items()}
    assert losses.keys() == expected.keys()
    # The discriminator judges after the student's update, but on the image from before.
    for name, value in expected.items():
        assert losses[name] == pytest.approx(value, rel=1e-4), name


@pytest.mark.parametrize(
    ("train", "tolerance"),
    [({"jit_compile": True}, 1e-4), ({"mixed_precision": "bfloat16"}, 0.02)],
)
def test_xla_and_bfloat16_compute_the_same_step(
    lessons: DistillationConfig, train: dict[str, Any], tolerance: float
) -> None:
    config = student_config(lessons)
    fast = replace(config, train=replace(config.train, **train))
    expected, got = (
        CycleGANStudent(one).train_step(noise(1, 3), noise(2, 3)) for one in (config, fast)
    )
    assert {name: float(loss) for name, loss in got.items()} == pytest.approx(
        {name: float(loss) for name, loss in expected.items()}, rel=tolerance, abs=1e-4
    )


def test_without_an_adversarial_loss_no_discriminator_learns(lessons: DistillationConfig) -> None:
    gan = CycleGANStudent(student_config(replace(lessons, adversarial=0.0)))
    before = [w.copy() for w in gan.discriminator.get_weights()]
    assert gan.train_step(noise(1), noise(2)).keys() == DISTILLED
    for x, y in zip(before, gan.discriminator.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)
    double = CycleGANStudent(student_config(replace(lessons, adversarial=2.0)))
    single = CycleGANStudent(student_config(lessons))
    losses = [float(one.train_step(noise(1), noise(2))["gan"]) for one in (single, double)]
    assert losses[1] == pytest.approx(2 * losses[0], rel=1e-5)


def test_the_teacher_stays_and_the_student_comes_nearer(lessons: DistillationConfig) -> None:
    config = student_config(replace(lessons, target_share=0.0))
    fast = replace(config.optimizer, learning_rate=2e-3)
    long = replace(config.train, steps=1_000)
    gan = CycleGANStudent(replace(config, optimizer=fast, train=long))
    before = [w.copy() for w in gan.student.teacher.network.get_weights()]
    judge = gan.student.teacher.judge
    assert judge is not None
    judged = [w.copy() for w in judge.get_weights()]
    a, b = noise(1, 4), noise(2, 4)
    losses = [float(gan.train_step(a, b)["distil_l1"]) for _ in range(60)]
    assert losses[-1] < 0.7 * losses[0]
    for ours, theirs in ((before, gan.student.teacher.network), (judged, judge)):
        for x, y in zip(ours, theirs.get_weights(), strict=True):
            np.testing.assert_array_equal(x, y)


def test_the_discriminator_starts_as_the_teachers(lessons: DistillationConfig) -> None:
    gan = CycleGANStudent(student_config(lessons))
    assert gan.student.teacher.judge is not None
    for x, y in zip(
        gan.discriminator.get_weights(), gan.student.teacher.judge.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(x, y)


def test_without_a_discriminator_its_features_are_left_out(tmp_path: Path) -> None:
    lessons = DistillationConfig(teacher=str(write_teacher(tmp_path)))
    losses = CycleGANStudent(student_config(lessons)).train_step(noise(1), noise(2))
    assert DISTILLED - losses.keys() == {"distil_features"}


@pytest.mark.parametrize(("share", "sources"), [(0.0, 4), (1 / 3, 3), (0.5, 2), (1.0, 1)])
def test_a_share_of_the_images_is_of_the_target(
    lessons: DistillationConfig, share: float, sources: int
) -> None:
    gan = CycleGANStudent(student_config(replace(lessons, target_share=share)))
    a, b = noise(1, 4), noise(2, 4)
    used = np.concatenate([a[:sources], b[sources:]])
    image = gan.student.network(used)
    expected = 10 * float(np.mean(np.abs(image - gan.student.teacher.network(used))))
    logits = gan.discriminator(image[:sources])
    losses = gan.train_step(a, b)
    assert float(losses["distil_l1"]) == pytest.approx(expected, rel=1e-4)
    assert float(losses["gan"]) == pytest.approx(float(np.mean((logits - 1) ** 2)), rel=1e-4)


def test_backwards_it_learns_to_make_a(tmp_path: Path) -> None:
    lessons = DistillationConfig(
        teacher=str(write_teacher(tmp_path, direction="B2A")), direction="B2A", target_share=0.0
    )
    gan = CycleGANStudent(student_config(lessons))
    a, b = noise(1), noise(2)
    expected = 10 * float(np.mean(np.abs(gan.student.network(b) - gan.student.teacher.network(b))))
    assert float(gan.train_step(a, b)["distil_l1"]) == pytest.approx(expected, rel=1e-4)
    assert gan.generators[0].name == "B2A"


def test_accumulated_parts_give_the_same_step(lessons: DistillationConfig) -> None:
    # Alignment is of the whole batch, and a share of images is of each part.
    config = student_config(replace(lessons, alignment=0.0, target_share=0.0))
    config = replace(config, data=replace(config.data, batch_size=4))
    parts = replace(config, train=replace(config.train, accumulation_steps=2))
    one, other = CycleGANStudent(config), CycleGANStudent(parts)
    for gan in (one, other):
        gan.train_step(noise(1, 4), noise(2, 4))
    for x, y in zip(
        one.student.network.get_weights(), other.student.network.get_weights(), strict=True
    ):
        np.testing.assert_allclose(x, y, atol=1e-5)


def test_a_run_is_resumed_bit_for_bit(lessons: DistillationConfig, tmp_path: Path) -> None:
    config = student_config(lessons)
    config = replace(config, train=replace(config.train, ema=0.9))
    data = numbered_data(5, 4)
    broken = assert_resumes(config, data, tmp_path)
    assert [path.name for path in broken.generators.glob("*.keras")] == ["A2B.keras"]
    grid = load_image(broken.samples / "step-0000006.png")
    assert grid.shape == (3 * SIZE, 2 * SIZE, 3)
    assert set(read_log(broken)[-1]) >= DISTILLED
    report = broken.report.read_text()
    assert "teacher" in report
    assert "Distances to the teacher" in report


def test_only_its_own_direction_is_scored(lessons: DistillationConfig, tmp_path: Path) -> None:
    config = student_config(lessons)
    config = replace(config, train=replace(config.train, eval_every=6))
    data = numbered_data(12, 12)
    test = numbered_images(12)
    fitted = fit(config, replace(data, test_a=test, test_b=test), RunFolder(tmp_path / "run"))
    assert (fitted.folder.best / "A2B.keras").is_file()


def test_no_steps_give_the_start(lessons: DistillationConfig, tmp_path: Path) -> None:
    config = student_config(lessons)
    config = replace(config, train=replace(config.train, steps=0))
    folder = fit(config, numbered_data(5, 4), RunFolder(tmp_path / "run")).folder
    model, manifest = load_generator(folder.generators / "A2B.keras")
    start = CycleGANStudent(config).student.network
    assert manifest is not None
    assert manifest.generator == replace(TEACHER, filters=2)
    for x, y in zip(model.get_weights(), start.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)


def test_bad_teachers_are_refused(lessons: DistillationConfig, tmp_path: Path) -> None:
    def build(**changes: object) -> CycleGANStudent:
        return CycleGANStudent(student_config(replace(lessons, **changes)))  # type: ignore[arg-type]

    with pytest.raises(UsageError, match=r"nowhere\.keras does not exist"):
        build(teacher=str(tmp_path / "nowhere.keras"))
    with pytest.raises(UsageError, match=r"discriminator .*nowhere\.keras does not exist"):
        build(discriminator=str(tmp_path / "nowhere.keras"))
    damaged = tmp_path / "damaged.keras"
    damaged.write_bytes(b"no zip")
    with pytest.raises(ArtifactError, match="cannot be loaded"):
        build(discriminator=str(damaged))
    with pytest.raises(UsageError, match="narrower than its teacher"):
        CycleGANStudent(student_config(lessons, filters=5))
    bare = Path(write_teacher(tmp_path))
    bare.with_name("teacher.keras.json").unlink()
    with pytest.raises(UsageError, match="no manifest that tells its layers"):
        build(teacher=str(bare))
