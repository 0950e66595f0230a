"""What is printed where."""

from __future__ import annotations

import io

from vizstream.sharing.announce import links, print_links, print_picture


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_links() -> None:
    steer, watch = links("https://scene.example/", ("a/b", "v"))
    assert (steer, watch) == ("https://scene.example/#token=a/b", "https://scene.example/#token=v")
    assert links("http://127.0.0.1:8000", None) == ("http://127.0.0.1:8000/",) * 2
    out = io.StringIO()
    print_links(steer, watch, out)
    assert out.getvalue() == f"{steer}\n{watch}\n"


def test_a_terminal_is_shown_a_picture_and_nobody_else_is() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    for out in (terminal, pipe):
        print_picture("https://scene.example/#token=t", out)
    assert terminal.getvalue().count("\n") > 12
    assert pipe.getvalue() == ""
    print_picture("x" * 1000, too_long := Terminal())
    assert too_long.getvalue() == ""
