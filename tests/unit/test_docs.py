"""What the documents say is so: commands run, every option is described, every link leads somewhere."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import click
import pytest

from vizstream import __version__
from vizstream.cli import main

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CLI = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])

#: Commands of the README that no test runs, and why.
NOT_RUN = {
    "pip install .": "installs; test_wheel.py builds what it would install",
    "vizstream serve my_scene.py --share ngrok": "tests/integration/test_share.py runs it, with a fake ngrok",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


COMMANDS = list(dict.fromkeys(line for block in blocks("sh") for line in block.splitlines() if line))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the README's scene in it."""
    (source,) = blocks("python")
    name = re.match(r"# (\w+\.py)\n", source)
    assert name
    (tmp_path / name[1]).write_text(source, encoding="utf-8")
    return tmp_path


def vizstream(*args: str) -> list[str]:
    return [sys.executable, "-m", "vizstream", *args]


@pytest.mark.parametrize("command", COMMANDS)
def test_readme_command(command: str, folder: Path):
    program, *args = shlex.split(command)
    if command in NOT_RUN:
        return
    if program == "make":
        subprocess.run(["make", "--dry-run", *args], cwd=ROOT, check=True, capture_output=True)
    elif program == "vizstream" and args[0] == "serve":
        serve(args, folder)
    elif program == "vizstream":
        child = subprocess.run(vizstream(*args), cwd=folder, capture_output=True, text=True, check=False)
        assert child.returncode == 0, child.stderr
        for word in args:
            if word.endswith(".png"):
                assert (folder / word).stat().st_size > 1000
    else:
        pytest.fail(f"say how to test {command!r}, or why not, here")


def serve(args: list[str], folder: Path) -> None:
    """Run a command of the README on another port, and look whether it serves and ends as told."""
    child = subprocess.Popen(
        vizstream(*args, "--port", "0"), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout
        control, view = child.stdout.readline(), child.stdout.readline()
        pattern = r"(http://[\d.]+:\d+/)#token=([\w-]{20,})\n"
        steer, watch = re.fullmatch(pattern, control), re.fullmatch(pattern, view)
        assert steer, control
        assert watch, view
        assert steer[1] == watch[1]
        assert steer[2] != watch[2]
        with urllib.request.urlopen(steer[1], timeout=20) as page:
            assert b"<html" in page.read()
        child.send_signal(signal.SIGINT)
        _, complaints = child.communicate(timeout=10)
        assert child.returncode == 0, complaints
        assert "Traceback" not in complaints
    finally:
        child.kill()
        child.communicate()


def test_readme_has_commands_and_each_exception_is_needed():
    assert len(COMMANDS) >= 6
    assert set(NOT_RUN) <= set(COMMANDS)


def sections() -> dict[str, str]:
    """Return the sections of docs/cli.md by the command that they describe."""
    _, *parts = re.split(r"^## `vizstream ?(\w*).*$", CLI, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def options_of(command: click.Command) -> set[str]:
    """Return the options as ``--help`` lists them."""
    text = command.get_help(click.Context(command, info_name="vizstream", help_option_names=["-h", "--help"]))
    _, _, listing = text.partition("Options:")
    heads = re.findall(r"^  (-[\w-]+(?:, -[\w-]+)*)", listing, re.MULTILINE)
    return {option for head in heads for option in head.split(", ")}


COMMANDS_OF_CLI: dict[str, click.Command] = {"": main, **main.commands}


def test_every_command_has_its_section():
    assert set(sections()) == set(COMMANDS_OF_CLI)


@pytest.mark.parametrize("name", COMMANDS_OF_CLI)
def test_every_option_is_described_and_none_is_invented(name: str):
    cells = re.findall(r"^\| (`-.*?) \|", sections()[name], re.MULTILINE)
    described = {word for cell in cells for word in re.findall(r"`(--?[\w-]+)", cell)}
    assert described == options_of(COMMANDS_OF_CLI[name])


@pytest.mark.parametrize("name", main.commands)
def test_every_default_is_the_real_one(name: str):
    for parameter in main.commands[name].params:
        if isinstance(parameter, click.Option) and parameter.show_default:
            row = re.search(rf"^\| .*`{parameter.opts[-1]}\b.*$", sections()[name], re.MULTILINE)
            assert row
            assert f" {parameter.default} " in row[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_changelog_knows_this_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[(Unreleased|{re.escape(__version__)})\]", changelog, re.MULTILINE)


def test_makefile_targets_are_explained():
    # Not through a make that runs us: it would hand its flags down.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    listing = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    listed = {line.split()[1] for line in listing.splitlines()}
    assert {"help", "demo", "test", "lint", "types", "bench", "build", "clean"} <= listed
