"""Training on several devices or machines: each works on its part of the batch.

tf.distribute copies the networks to every device (a replica) and adds up the gradients;
losses are divided by the number of replicas once, so that a step is the same as on one
device with the whole batch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import tensorflow as tf

from edgegan.errors import UsageError, unknown_name

StrategyName = Literal["auto", "one", "mirrored", "multiworker"]


@dataclass(frozen=True)
class Devices:
    """The replicas that share a step.

    Attributes:
        strategy: Of tf.distribute.
    """

    strategy: tf.distribute.Strategy

    @property
    def replicas(self) -> int:
        """Replicas on all machines."""
        return int(self.strategy.num_replicas_in_sync)

    @property
    def local_replicas(self) -> int:
        """Replicas on this machine."""
        return self.replicas // self.workers

    @property
    def workers(self) -> int:
        """Machines (processes) that train together."""
        resolver = self.strategy.cluster_resolver
        return len(resolver.cluster_spec().as_dict().get("worker", [0])) if resolver else 1

    @property
    def worker(self) -> int:
        """The number of this machine; 0 writes logs, samples and generators."""
        resolver = self.strategy.cluster_resolver
        return int(resolver.task_id or 0) if resolver else 0

    def describe(self) -> str:
        """Name the devices for people, such as "1 CPU" or "8 GPUs on 2 machines"."""
        kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
        where = f" on {self.workers} machines" if self.workers > 1 else ""
        return f"{self.replicas} {kind}{'s' * (self.replicas > 1)}{where}"

    def spread(self, batch: Any) -> Any:
        """Split this machine's batch, `[N, ...]`, over its replicas."""
        local = self.local_replicas
        if local == 1:
            return tf.convert_to_tensor(batch)
        return self.join(tf.split(batch, local))

    def join(self, parts: Sequence[Any]) -> Any:
        """Make one value of a tensor for each local replica."""
        if len(parts) == 1:
            return parts[0]
        return self.strategy.experimental_distribute_values_from_function(
            lambda context: parts[context.replica_id_in_sync_group % len(parts)]
        )

    def parts(self, value: Any) -> list[Any]:
        """Undo `join`."""
        return list(self.strategy.experimental_local_results(value))

    def total(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Add up scalars over all replicas, in one exchange."""
        names = list(values)
        if self.replicas == 1:
            return dict(values)
        # One stacked vector: on several machines each exchange costs a round trip.
        stacked = self.strategy.run(lambda v: tf.stack([v[name] for name in names]), (values,))
        reduced = self.strategy.reduce("SUM", stacked, axis=None)
        return dict(zip(names, tf.unstack(reduced), strict=True))

    def any(self, flag: bool) -> bool:
        """Tell whether `flag` is set on any machine; all must ask together."""
        if self.workers == 1:
            return flag
        mine = self.strategy.run(lambda: tf.constant(float(flag)))
        return bool(self.strategy.reduce("SUM", mine, axis=None) > 0)

    def phase(self, function: Callable[..., Any], jit_compile: bool) -> Callable[..., Any]:
        """Compile `function` to run on every replica.

        Raises:
            UsageError: XLA is asked for on several replicas.
        """
        if jit_compile and self.replicas > 1:
            raise UsageError(
                f"train.jit_compile works on one device; there are {self.replicas} replicas."
            )
        run: Callable[..., Any] = tf.function(
            lambda *args: self.strategy.run(function, args), jit_compile=jit_compile
        )
        return run


def one_device() -> Devices:
    """Train on TensorFlow's default device."""
    return Devices(tf.distribute.get_strategy())


def open_devices(name: str) -> Devices:
    """Open the devices that `--strategy` names; call it before any other use of TensorFlow.

    Args:
        name: "auto" takes all GPUs of this machine, or its CPU; "one" the first of them;
            "mirrored" all, by mirroring even on one; "multiworker" joins the cluster that
            TF_CONFIG or SLURM describes.

    Raises:
        UsageError: the name is unknown, or no cluster is described.
    """
    if name not in get_args(StrategyName):
        raise unknown_name("strategy", name, get_args(StrategyName))
    if name == "multiworker":
        return Devices(tf.distribute.MultiWorkerMirroredStrategy(_cluster()))
    if name == "one":
        return one_device()
    if name == "mirrored" or len(tf.config.list_physical_devices("GPU")) > 1:
        return Devices(tf.distribute.MirroredStrategy())
    return one_device()


def _cluster() -> tf.distribute.cluster_resolver.ClusterResolver:
    if "TF_CONFIG" in os.environ:
        return tf.distribute.cluster_resolver.TFConfigClusterResolver()
    if "SLURM_PROCID" in os.environ:
        # Given, since TensorFlow would ask nvidia-smi, which machines without GPUs lack.
        gpus = len(tf.config.list_physical_devices("GPU"))
        return tf.distribute.cluster_resolver.SlurmClusterResolver(gpus_per_node=max(gpus, 1))
    raise UsageError(
        "--strategy multiworker found no cluster: set TF_CONFIG on each machine "
        '(such as {"cluster": {"worker": ["host0:12345", "host1:12345"]}, '
        '"task": {"type": "worker", "index": 0}}), or start it by srun under SLURM.'
    )
