import pytest

from vizstream.render.stop import Stopped
from vizstream.scene.faults import CountedFaults


def raise_in_callback():
    raise ValueError("again")


def report(faults, function):
    try:
        function()
    except BaseException as error:
        faults(type(error), error, error.__traceback__)


def test_a_fault_is_shown_whole_once_and_then_counted(capsys):
    faults = CountedFaults()
    for _ in range(250):
        report(faults, raise_in_callback)
    text = capsys.readouterr().err
    assert text.count("Traceback") == 1
    assert "10 times now" in text
    assert "100 times now" in text
    assert len(text.splitlines()) < 12


def test_faults_in_different_places_are_different_faults(capsys):
    faults = CountedFaults()
    report(faults, raise_in_callback)
    report(faults, lambda: {}[0])
    assert capsys.readouterr().err.count("Traceback") == 2


def test_a_stop_is_no_fault(capsys):
    def stop():
        raise Stopped

    report(CountedFaults(), stop)
    assert capsys.readouterr().err == ""


@pytest.fixture(autouse=True)
def _the_hook_is_given_back(monkeypatch):
    monkeypatch.setattr("sys.excepthook", lambda *_: None)
