"""Several devices and machines: the same step, divided."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegan.errors import UsageError
from edgegan.train.cyclegan import CycleGAN
from edgegan.train.devices import _cluster, one_device, open_devices
from edgegan.train.generator_file import load_generator
from edgegan.train.run_folder import RunFolder
from edgegan.train.training_log import read_log
from tests.repository import ROOT
from tests.train.tiny import noise, tiny_config


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a process with two CPU devices found."""
    folder = tmp_path_factory.mktemp("two")
    command = [sys.executable, "-m", "tests.train.two_devices", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "rounding"),
    [("lsgan", 1e-5), ("accumulated", 1e-5), ("stargan", 1e-4), ("student", 1e-5), ("int8", 1e-4)],
)
def test_a_step_on_two_replicas_is_the_step_on_the_whole_batch(
    two: Any, case: str, rounding: float
) -> None:
    assert two["described"] == "2 CPUs"
    assert two[case]["losses"] < 1e-6
    assert two[case]["weights"] < 1e-6
    assert two[case]["moments"] < rounding  # where losses scaled twice would show


@pytest.mark.slow
def test_two_replicas_resume_with_both_pools(two: Any) -> None:
    assert two["resumed"]["pools"] == [4, 4]
    assert two["resumed"]["largest"] == 0.0


def test_one_device_is_the_default() -> None:
    devices = open_devices("auto")
    assert devices == open_devices("one") == one_device()
    assert (devices.replicas, devices.local_replicas, devices.workers, devices.worker) == (
        *(1, 1, 1, 0),
    )
    assert devices.describe() == "1 CPU"
    assert devices.any(True)
    assert not devices.any(False)


def test_mirroring_on_one_device_changes_nothing() -> None:
    gans = [CycleGAN(tiny_config(), devices=open_devices(name)) for name in ("auto", "mirrored")]
    losses = [gan.train_step(noise(1), noise(2)) for gan in gans]
    assert {k: float(v) for k, v in losses[0].items()} == {
        k: float(v) for k, v in losses[1].items()
    }


def test_what_cannot_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TF_CONFIG", "SLURM_PROCID"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match="found no cluster: set TF_CONFIG"):
        open_devices("multiworker")
    with pytest.raises(UsageError, match="Did you mean 'mirrored'"):
        open_devices("miror")


def test_slurm_describes_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)
    variables = {"PROCID": "1", "STEP_NUM_TASKS": "2", "STEP_TASKS_PER_NODE": "1(x2)"}
    variables |= {"STEP_NODELIST": "gpu[07-08]", "LOCALID": "0"}
    for name, value in variables.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    resolver = _cluster()
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)  # which it sets
    workers = resolver.cluster_spec().as_dict()["worker"]
    assert [address.split(":")[0] for address in workers] == ["gpu07", "gpu08"]
    assert (resolver.task_type, resolver.task_id) == ("worker", 1)


def free_ports(count: int) -> list[int]:
    """Find ports that nothing listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("localhost", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        with closing(each):
            pass
    return ports


def train_on_two_machines(run: Path, *options: str) -> None:
    """Run `edgegan train` in two processes that talk over the loopback."""
    hosts = [f"localhost:{port}" for port in free_ports(2)]
    processes = []
    for index in range(2):
        task = {"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}}
        processes.append(
            subprocess.Popen(
                [sys.executable, "-m", "edgegan", "train", "cyclegan", *options],
                env={**os.environ, "TF_CONFIG": json.dumps(task)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    for process in processes:
        _, err = process.communicate(timeout=600)
        assert process.returncode == 0, err[-2000:]


@pytest.mark.slow
def test_two_processes_train_checkpoint_and_go_on(tmp_path: Path) -> None:
    run = tmp_path / "run"
    sizes = ("generator.image_size=16", "generator.filters=2", "generator.residual_blocks=1")
    small = (*sizes, "discriminator.filters=2", "discriminator.layers=1", "data.batch_size=2")
    course = ("train.steps=4", "train.log_every=1", "train.checkpoint_every=2")
    settings = [word for setting in (*small, *course) for word in ("--set", setting)]
    together = ("--strategy", "multiworker")
    train_on_two_machines(run, "--data", "emoji", *settings, *together, "--run", str(run))
    folder = RunFolder(run)
    assert [line["step"] for line in read_log(folder)] == [1, 2, 3, 4]
    for worker in range(2):
        saved = sorted(path.name for path in folder.of_worker(worker).checkpoints.iterdir())
        assert saved == ["step-0000002", "step-0000004"]
    first = load_generator(folder.generators / "A2B.keras")[0].get_weights()
    more = ("--resume", str(run), "--set", "train.steps=6")
    train_on_two_machines(run, *more, *together)
    assert [line["step"] for line in read_log(folder)] == [1, 2, 3, 4, 5, 6]
    last = load_generator(folder.generators / "A2B.keras")[0].get_weights()
    assert not np.array_equal(first[0], last[0])
