# ruff: noqa: S102, PLE0643 - code that fails is run on purpose
import sys
import types

import pytest

import vizstream.scene.trace as module
from vizstream.scene.trace import format_trace, summarize


def run(source, filename="user_script.py", **names):
    """Run `source` beneath a frame that looks like one of ours; return what it raises."""
    ours = compile("exec(code, names)", module.__file__, "exec")
    try:
        exec(ours, {"code": compile(source, filename, "exec"), "names": names})
    except BaseException as error:
        return error
    pytest.fail("nothing was raised")


def formatted(error):
    return format_trace(type(error), error, error.__traceback__)


def test_only_the_users_frames_are_shown():
    text = formatted(run("def f():\n    1 / 0\nf()"))
    assert text.startswith("Traceback (most recent call last):\n")
    assert text.count("user_script.py") == 2
    assert "vizstream" not in text
    assert text.endswith("ZeroDivisionError: division by zero\n")


def test_our_frames_between_the_users_are_left_out_too():
    between = types.FunctionType(compile("f()", module.__file__, "exec"), {"f": lambda: [][1]})
    text = formatted(run("start()", start=between))
    assert "user_script.py" in text
    assert "test_trace.py" in text
    assert "vizstream/scene" not in text


def test_causes_and_contexts_are_cleaned_as_well():
    text = formatted(run("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('x') from e"))
    assert "direct cause" in text
    assert "ZeroDivisionError" in text
    assert "vizstream" not in text


def test_a_syntax_error_looks_as_python_prints_it():
    ours = compile("compile('x = (1,', 'user_script.py', 'exec')", module.__file__, "exec")
    with pytest.raises(SyntaxError) as caught:
        exec(ours)
    # What is left above our frame is this test's own.
    error = caught.value.with_traceback(caught.value.__traceback__.tb_next)
    text = formatted(error)
    assert text.startswith('  File "user_script.py", line 1\n')
    assert "SyntaxError:" in text
    assert "Traceback" not in text


def test_a_missing_module_shows_no_import_machinery():
    text = formatted(run("import no_such_module_at_all"))
    assert "frozen" not in text
    assert "ModuleNotFoundError" in text


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("bad"), "ValueError: bad"),
        (ValueError("first\nsecond"), "ValueError: first"),
        (KeyError(), "KeyError"),
    ],
)
def test_one_line_says_what_happened(error, line):
    assert summarize(error) == line


def test_a_long_line_is_cut():
    assert len(summarize(ValueError("x" * 5000))) == 300


@pytest.mark.skipif(sys.version_info < (3, 11), reason="device: Python 3.11, which has exception groups")
def test_groups_are_cleaned():
    text = formatted(run("raise ExceptionGroup('many', [ValueError(1)])"))
    assert "vizstream" not in text
    assert "ValueError: 1" in text
