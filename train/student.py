"""What the students of both GAN families share: their form, and the generator it stands for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow as tf
import tf_keras as keras

from edgegan.manifest import Source, sha256
from edgegan.train.config import TrainingConfig, data_specs
from edgegan.train.generator_file import Origin
from edgegan.train.networks import build_generator
from edgegan.train.student_form import Form, open_form
from edgegan.train.teacher import Teacher, begin, open_teacher, tapped


class Student(tf.Module):  # type: ignore[misc]
    """A generator that learns from a teacher; made in the scope of the devices.

    Args:
        config: All settings of its run.
        name: Of the generator.
        updates: How often it will be updated.

    Attributes:
        network: What is trained.
        tapped: The same with inner activations behind its image.
        form: How it is trained.
        teacher: What it learns from.

    Raises:
        UsageError: the teacher cannot teach this student.
        ArtifactError: a file of the teacher is damaged.
    """

    def __init__(self, config: TrainingConfig, name: str, updates: int) -> None:
        super().__init__(name="student")
        self.teacher: Teacher = open_teacher(config.distillation, config.generator.family)
        plain = build_generator(config.generator, name, any_size=True)
        begin(plain, config.generator, self.teacher)
        self.form: Form = open_form(plain, config.distillation, updates)
        self.network = self.form.network
        self._config, self._name = config, name
        # Neither is part of a checkpoint: the one has the network's layers, the other its values.
        self._views = _Untracked(tapped=tapped(self.network, config.generator))

    @property
    def tapped(self) -> keras.Model:
        """The network, with inner activations behind its image."""
        return self._views.tapped

    def generator(self, averages: list[Any]) -> keras.Model:
        """Return a plain generator as of now, with the weights of the average if there is one."""
        if self._views.plain is None:
            self._views.plain = build_generator(self._config.generator, self._name, any_size=True)
        values = averages[0].average.weights if averages else self.form.weights
        self._views.plain.set_weights([value.numpy() for value in values])
        self.form.finish(self._views.plain)
        return self._views.plain


def origin_of(config: TrainingConfig) -> Origin | None:
    """Tell what the generator of a run was made from; None if it is no student's."""
    if not config.distillation.teacher:
        return None
    teacher = Path(config.distillation.teacher)
    course = {
        "steps": config.train.steps,
        "seed": config.train.seed,
        "data": list(data_specs(config)),
    }
    return Origin(
        family=config.generator.family,
        source=Source(file=teacher.name, sha256=sha256(teacher)),
        options={"compress": course},
    )


class _Untracked:
    """Holds networks that a checkpoint should not see."""

    def __init__(self, tapped: keras.Model) -> None:
        self.tapped = tapped
        self.plain: keras.Model | None = None
