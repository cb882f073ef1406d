from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgegan.data import UnpairedData
from edgegan.images import to_float, to_uint8
from edgegan.train.checkpoints import Checkpoints
from edgegan.train.cyclegan import CycleGAN
from edgegan.train.evaluation_data import both_directions
from edgegan.train.features import open_extractor
from edgegan.train.fit import fit
from edgegan.train.frechet import frechet_distance, gaussian
from edgegan.train.generator_file import load_generator
from edgegan.train.held_out_score import SCORE, BestKept, open_score
from edgegan.train.run_folder import RunFolder
from edgegan.train.stargan_config import StarGANTrainConfig
from edgegan.train.training_log import read_log
from tests.train.test_fit import interrupt_after
from tests.train.tiny import SIZE, TRAIN, numbered_data, numbered_images, tiny_config
from tests.train.tiny_stargan import CLASSES, colour_data, tiny_stargan

SCORED = replace(TRAIN, eval_every=2, eval_images=12)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "cache"))


def data() -> UnpairedData:
    test = numbered_images(12)
    return replace(numbered_data(12, 14), test_a=test, test_b=test)


def test_the_score_is_that_of_the_generators_outputs() -> None:
    config = tiny_config(train=SCORED)
    gan = CycleGAN(config, (SIZE, SIZE))
    extractor = open_extractor("emoji")
    expected = 0.0
    directions = both_directions(data(), (SIZE, SIZE), 12)
    for direction, network in zip(directions, gan.generators, strict=True):
        outputs = to_uint8(network(to_float(direction.sources)).numpy())
        real = gaussian(extractor(direction.training))
        expected += frechet_distance(gaussian(extractor(outputs)), real) / 2
    assert open_score(config, data(), gan)() == pytest.approx(expected, rel=1e-4)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = RunFolder(tmp_path_factory.mktemp("scored") / "run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEGAN_CACHE", str(folder.path / "cache"))
        fit(tiny_config(train=SCORED), data(), folder)
    return folder


def test_the_best_is_kept_and_shown(scored: RunFolder) -> None:
    folder = scored
    scores = {line["step"]: line[SCORE] for line in read_log(folder) if SCORE in line}
    assert list(scores) == [2, 4, 6]
    best = min(scores, key=lambda step: scores[step])
    assert Checkpoints(folder=folder.best).steps() == [best]
    for name in ("A2B", "B2A"):
        model, manifest = load_generator(folder.best / f"{name}.keras")
        assert manifest is not None
        assert model.input_shape == (None, SIZE, SIZE, 3)
    assert "Score on held-out images" in folder.report.read_text()


def test_the_end_is_scored_but_not_a_stop(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    config = tiny_config(train=replace(SCORED, eval_every=5))
    assert fit(config, data(), folder, interrupt_after(2)).steps == 3
    assert not any(SCORE in line for line in read_log(folder))
    assert fit(config, data(), folder).finished
    assert [line["step"] for line in read_log(folder) if SCORE in line] == [5, 6]


def test_scoring_changes_no_weight(scored: RunFolder, tmp_path: Path) -> None:
    plain = RunFolder(tmp_path / "plain")
    fit(tiny_config(), data(), plain)
    losses = [
        [{k: v for k, v in line.items() if "gan" in k} for line in read_log(folder)]
        for folder in (plain, scored)
    ]
    assert losses[0] == losses[1]


def test_a_resumed_run_goes_on_from_its_best(tmp_path: Path) -> None:
    best = BestKept(tmp_path, [{"step": 2, SCORE: 3.0}, {"step": 3}, {"step": 4, SCORE: 5.0}])
    assert not best.update(4.0)
    assert best.update(2.0)
    assert not best.update(2.5)


def test_a_stargan_is_scored_in_every_domain(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    train = StarGANTrainConfig(
        steps=2, n_critic=1, eval_every=1, eval_score="kid", eval_images=10, log_every=1
    )
    fit(tiny_stargan(CLASSES, train=train), colour_data(60), folder)
    assert all(SCORE in line for line in read_log(folder))
    assert (folder.best / "G.keras").is_file()
