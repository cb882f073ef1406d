"""`--domain`: what to ask a multi-domain generator for, in words.

What is asked for becomes a function from image to image: the translation to one choice of
domains, or a sheet with all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from edgegan.domains import ALL, Domain, encode, every_domain, parse_domains
from edgegan.errors import UsageError
from edgegan.images import ImageArray, resize
from edgegan.runtime.domain_sheet import titled_grid
from edgegan.runtime.engine import Engine
from edgegan.runtime.label import label_entries

Translate = Callable[[ImageArray], ImageArray]


def choose_domain(engine: Engine, domain: str | None, source: str | None = None) -> Translate:
    """Make the translation that is asked for.

    Args:
        engine: The generator.
        domain: Such as "Blond_Hair=1,Male=0", or "all" for a sheet of the image and its
            translation to every domain; None for generators without domains.
        source: What is known of the images, such as "Male=1"; the rest keeps the defaults.

    Returns:
        A function of uint8 `[H, W, 3]`, to the same; a sheet has its own size.

    Raises:
        UsageError: a domain is missing, not taken, or unknown, or nothing tells which
            there are.
    """
    if not label_entries(engine.info.io):
        if domain is not None or source is not None:
            raise UsageError(_why_no_domain(engine))
        return engine
    domains = _domains(engine)
    if domain is None:
        raise UsageError(
            f"Tell with --domain what to translate to: one or more of {describe_domains(domains)}, "
            f"such as --domain {domains[0].name}=1; or --domain {ALL}."
        )
    known = parse_domains(source, domains) if source else {}
    if domain == ALL and all(one.name != ALL for one in domains):
        labels = every_domain(domains, known)

        def sheet(image: ImageArray) -> ImageArray:
            results = [(title, engine(image, label)) for title, label in labels]
            size = (results[0][1].shape[0], results[0][1].shape[1])
            return titled_grid([("input", resize(image, size)), *results])

        return sheet
    return partial(engine, label=encode(domains, parse_domains(domain, domains), known))


def describe_domains(domains: Sequence[Domain]) -> str:
    """List domains, members of a group together: "Male, Young, hair: Black_Hair | Blond_Hair"."""
    groups: dict[str, list[str]] = {}
    for domain in domains:
        if domain.group:
            groups.setdefault(domain.group, []).append(domain.name)
    single = [domain.name for domain in domains if not domain.group]
    return ", ".join([*single, *(f"{name}: {' | '.join(of)}" for name, of in groups.items())])


def _domains(engine: Engine) -> tuple[Domain, ...]:
    task = engine.info.task
    if task is None or not task.domains:
        raise UsageError(
            "The artifact takes a label beside the image, and nothing tells the domains: it has "
            "no manifest beside it and no copy inside. Bring its manifest (the file's name and "
            ".json), or export it again."
        )
    return task.domains


def _why_no_domain(engine: Engine) -> str:
    task = engine.info.task
    if task and task.family == "stargan":
        return (
            f"The artifact was made for {task.direction} alone (--bake-domain). Leave out --domain "
            "and --from, or export it without --bake-domain."
        )
    does = f"one translation ({task.direction})" if task else "one translation"
    return f"The artifact has {does} and no domains to choose from. Leave out --domain and --from."
