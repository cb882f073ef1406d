"""What the documents hold that can be checked: commands, links, blocks that run.

A fenced block in `bash` holds commands; one in `console` holds them after `$ `, among
what they print. A block right after the line `<!-- run -->` is one that really runs.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

RUN_MARK = "<!-- run -->"
_FENCE = re.compile(
    r"(?P<mark><!-- run -->\n+)?^```(?P<language>bash|console)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_ANY_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SEPARATORS = {"&&", "||", ";", "|", "&"}
_REDIRECTION = re.compile(r"\d*[<>]+&?\d*")


@dataclass(frozen=True)
class Block:
    """The commands of one fenced block, as a script, and whether it is to run."""

    script: str
    runs: bool


def blocks(text: str) -> list[Block]:
    """Find the blocks of commands in a document."""
    found = []
    for match in _FENCE.finditer(text):
        script = match["body"]
        if match["language"] == "console":
            lines = script.splitlines()
            script = "".join(line[2:] + "\n" for line in lines if line.startswith("$ "))
        found.append(Block(script, match["mark"] is not None))
    return found


def commands(script: str) -> list[list[str]]:
    """Split a shell script into its commands, each a list of words.

    Comments, redirections and leading `NAME=value` words are left out.
    """
    found = []
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        lexer.commenters = "#"
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word not in _SEPARATORS:
                words.append(word)
                continue
            if command := _plain(words):
                found.append(command)
            words = []
    return found


def links(text: str) -> list[str]:
    """List the link targets of a document that are paths, without their anchors."""
    targets = _LINK.findall(_ANY_FENCE.sub("", text))
    paths = [target.partition("#")[0] for target in targets if not _is_address(target)]
    return [path for path in paths if path]


def extras(text: str) -> list[str]:
    """List the extras that a document installs: `edgegan[a,b]` or `.[a,b]`."""
    named = re.findall(r"(?:edgegan|['\" ]\.)\[([a-z0-9,-]+)\]", text)
    return [extra for group in named for extra in group.split(",")]


def _plain(words: list[str]) -> list[str]:
    kept = list(words)
    while kept and re.fullmatch(r"[A-Za-z_]\w*=.*", kept[0]):
        kept.pop(0)
    for index, word in enumerate(kept):
        if _REDIRECTION.fullmatch(word):
            return kept[:index]
    return kept


def _is_address(target: str) -> bool:
    return re.match(r"[a-z]+:", target) is not None
