"""The reader of documents, on small texts of its own."""

from __future__ import annotations

from tests.markdown import Block, blocks, commands, extras, links


def test_blocks_of_commands_are_found() -> None:
    text = "a\n```bash\nmake demo\n```\n```python\nx = 1\n```\n```console\n$ ls\nout\n$ pwd\n```\n"
    assert blocks(text) == [Block("make demo\n", False), Block("ls\npwd\n", False)]


def test_only_a_block_right_after_the_mark_runs() -> None:
    text = "<!-- run -->\n\n```bash\nls\n```\ntext\n```bash\npwd\n```\n"
    assert blocks(text) == [Block("ls\n", True), Block("pwd\n", False)]


def test_a_script_is_split_into_commands() -> None:
    script = (
        "# a comment\nA=1 edgegan run 'x y' \\\n  -o out > log  # why\ncd a && make test | cat\n"
    )
    expected = [["edgegan", "run", "x y", "-o", "out"], ["cd", "a"], ["make", "test"], ["cat"]]
    assert commands(script) == expected


def test_quoted_separators_do_not_split() -> None:
    assert commands('edgegan bench --fail-if "p50 > +5%"') == [
        ["edgegan", "bench", "--fail-if", "p50 > +5%"]
    ]


def test_links_are_paths_outside_of_code() -> None:
    text = "[a](docs/a.md#b) [c](https://x.org) [d](#e)\n![i](i.png)\n```\n[f](g.md)\n```\n"
    assert links(text) == ["docs/a.md", "i.png"]


def test_extras_are_found() -> None:
    text = "pip install 'edgegan[onnx,tflite]' or -e '.[all,dev]'; see x[0]"
    assert extras(text) == ["onnx", "tflite", "all", "dev"]
