"""The width of a student, as `edgegan compress` is told it: named, or by a budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgegan.export.student_settings import Subject
    from edgegan.export.width_budget import Candidate, Measured
    from edgegan.generator import GeneratorConfig


@dataclass(frozen=True)
class Budget:
    """How small the student is to be; one of them is given, or it may be `whole`."""

    width: int | None
    macs: str | None
    latency_ms: float | None
    size_mb: float | None
    uneven: bool = False
    whole: bool = False

    @property
    def given(self) -> list[str]:
        """Name the options that were given."""
        named = {
            "--width": self.width,
            "--macs": self.macs,
            "--latency-ms": self.latency_ms,
            "--size-mb": self.size_mb,
        }
        return [name for name, value in named.items() if value is not None]


@dataclass(frozen=True)
class Measuring:
    """What is exported and run to measure a size or a latency."""

    device: str
    target: str
    precision: str | None
    threads: int | None


@dataclass(frozen=True)
class Network:
    """The student's network, and how its width was chosen."""

    config: GeneratorConfig
    budget: str
    candidates: tuple[Candidate, ...]


def chosen_network(subject: Subject, budget: Budget, measuring: Measuring) -> Network:
    """Choose the student's width, or widths; tell the candidates of a budget.

    Raises:
        UsageError: not one option of the budget is given, or nothing fits it.
        ArtifactError: the teacher is damaged.
    """
    from edgegan import console
    from edgegan.errors import UsageError
    from edgegan.export.student_settings import narrowed
    from edgegan.export.width_budget import rows

    teacher = subject.generator
    if budget.whole and not budget.given and not budget.uneven:
        return Network(teacher, "", ())
    if len(budget.given) != 1 and not budget.uneven:
        raise UsageError(
            "Tell how small the student is to be by one of --width, --macs, --latency-ms and "
            f"--size-mb, such as --width {max(teacher.filters // 4, 1)}; "
            f"got {', '.join(budget.given) or 'none'}."
        )
    if budget.uneven:
        return _uneven(subject, budget)
    if budget.width is not None:
        return Network(narrowed(teacher, budget.width), "", ())
    found, chosen, words = _compared(teacher, budget, measuring)
    console.note(f"Widths for {words}; the chosen one is marked:")
    for line in rows(found, chosen):
        console.note(line)
    if chosen == found[-1].filters:
        console.note("The teacher's own width fits the budget; the student is as wide.")
    return Network(narrowed(teacher, chosen), words, tuple(found))


def _uneven(subject: Subject, budget: Budget) -> Network:
    from edgegan import console
    from edgegan.errors import UsageError
    from edgegan.export.slimming import uneven
    from edgegan.export.width_budget import parse_macs
    from edgegan.train.generator_file import load_generator

    if budget.macs is None or len(budget.given) != 1:
        raise UsageError(
            "--uneven shares out a number of operations: give it with --macs, and without "
            f"another size; got {', '.join(budget.given) or 'none'}."
        )
    most = parse_macs(budget.macs)
    teacher, _ = load_generator(subject.path)
    found = uneven(teacher, subject.generator, most)
    words = f"at most {most / 1e9:g} G multiply-accumulates, unevenly"
    console.note(f"Widths for {words}: {', '.join(map(str, found.widths))}")
    return Network(found, words, ())


def _compared(
    teacher: GeneratorConfig, budget: Budget, measuring: Measuring
) -> tuple[list[Candidate], int, str]:
    """Return the candidates, the width that was chosen, and the budget in words."""
    from edgegan import console
    from edgegan.export.width_budget import candidates, measured, parse_macs, widest
    from edgegan.runtime.bench import step_count

    if budget.macs is not None:
        most = parse_macs(budget.macs)
        found = candidates(teacher)
        chosen = widest(found, [one.macs for one in found], most, "multiply-accumulates")
        return found, chosen, f"at most {most / 1e9:g} G multiply-accumulates"
    how = _how(measuring)
    found = candidates(teacher)
    file = f"{how.target} {how.precision}"
    console.note(f"Exporting {len(found)} widths with random weights as {file} ...")
    if budget.size_mb is not None:
        found = measured(teacher, found, how, timed=False)
        sizes = [one.size_bytes or 0 for one in found]
        chosen = widest(found, sizes, budget.size_mb * 1e6, "bytes")
        return found, chosen, f"at most {budget.size_mb:g} MB as {file}"
    assert budget.latency_ms is not None, "one option is given"
    with console.progress("Timing", step_count(len(found), how.settings)) as report:
        found = measured(teacher, found, how, timed=True, report=report)
    chosen = widest(found, [one.p50_ms or 0 for one in found], budget.latency_ms, "ms")
    return found, chosen, f"at most {budget.latency_ms:g} ms on {measuring.device} as {file}"


def _how(measuring: Measuring) -> Measured:
    from edgegan.errors import UsageError
    from edgegan.export.targets import CALIBRATED, TARGETS, check_precision, resolve_target
    from edgegan.export.width_budget import Measured
    from edgegan.runtime.bench_settings import BenchSettings

    target = resolve_target(measuring.target)
    usual = "int8-dynamic" if target == "tflite" else TARGETS[target].precisions[0]
    precision = measuring.precision or usual
    check_precision(target, precision)
    if precision in CALIBRATED:
        raise UsageError(
            f"Candidates have random weights, which {precision} cannot be calibrated on; choose "
            "another --precision to measure with."
        )
    settings = BenchSettings(
        device=measuring.device,
        threads=measuring.threads,
        rounds=15,
        min_iters=45,
        min_time_s=3.0,
        max_time_s=60.0,
        warmup_time_s=1.0,
    )
    return Measured(target=target, precision=precision, settings=settings)
