"""Modules cut into tokens, and put together again without comments."""

from __future__ import annotations

import pytest

from vizstream.server.javascript import ScriptError, text_of, tokens


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("// @ts-check\n/** Says. */\nlet a = 1; // one\n", "let a=1;"),
        ("a /* b */ c", "a c"),
        ("return /* b\n */ c", "return\nc"),  # a line's end in a comment is one
        ("'// no' + \"/* no */\"", "'// no'+\"/* no */\""),
        ("`// ${ `/* ${ a /* gone? */ } */` } //`; // gone", "`// ${ `/* ${ a /* gone? */ } */` } //`;"),
        ("`\\`${'}'}$` + 1", "`\\`${'}'}$`+1"),
        ("'it\\'s // one'", "'it\\'s // one'"),
        ("a / b / c // d", "a/b/c"),
        ("x = /[/'\"`]\\/ /g.test(y)", "x=/[/'\"`]\\/ /g.test(y)"),
        ("return /\\/\\*/u", "return/\\/\\*/u"),
        ("(a + b) / 2 / f(c) / d[0] / 1.5", "(a+b)/2/f(c)/d[0]/1.5"),
        ("a + +b - -c + ++d - --e", "a+ +b- -c+ ++d- --e"),
        ("a++ + b", "a++ +b"),
        ("get #x() { return this.#x ?? 10_000; }", "get #x(){return this.#x??10_000;}"),
        ("#a in b; static #c = .5e-3", "#a in b;static #c=.5e-3"),
        ("a ? .5 : b?.c", "a?.5:b?.c"),
        ("  one\n\n    two\n", "one\ntwo"),
    ],
)
def test_only_comments_and_blanks_are_lost(source: str, left: str) -> None:
    assert text_of(tokens(source, "a.js")) == left


def test_kinds_are_told_apart() -> None:
    kinds = [token.kind for token in tokens("of /x/g [1] / 2 + `t` 'u'", "a.js")]
    assert kinds == ["word", "regex", "mark", "word", "mark", "mark", "word", "mark", "template", "string"]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("'open\n'", r"a.js, line 1: \"'open\" is not understood"),
        ("\n`${a", "line 2: 'the end' comes too early"),
        ("f(() => {", "comes too early"),
        ("}", "closes nothing"),
        ("{} /x/", "may be a division or a regular expression"),
        ("= /x", "begins no regular expression"),
    ],
)
def test_what_is_not_understood_is_refused(source: str, why: str) -> None:
    with pytest.raises(ScriptError, match=why):
        tokens(source, "a.js")
