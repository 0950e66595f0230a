from vizstream.render.messages import MessageFilter, Repeats

HEADER = "File verbosity level: 0\ndate  time  ( uptime  ) [ thread name/id ]   file:line     v| \n"
OPENED = "2026-11-22 23:20:32.987 (   0.260s) [    7FE017A71B80]  loguru.cpp:766   INFO| Logging to '/x'\n"
UNABLE = (
    "2026-11-22 23:20:33.001 (   0.275s) [    7FE017A71B80]       vtkSTLReader.cxx:105    ERR| "
    "vtkSTLReader (0x{address}): Unable to open /nope.stl . Aborting.\n"
)
LONG = (
    "2026-11-22 23:20:33.001 (   0.275s) [main]  vtkExecutive.cxx:729   WARN| failed: info (0x1a)\n"
    "  Debug: Off\n  Request: REQUEST_DATA\n\n"
)


def test_the_first_of_each_kind_is_shown_whole():
    lines = MessageFilter().feed(HEADER + OPENED + UNABLE.format(address="56ab") + LONG)
    assert lines == [
        "vtk error (vtkSTLReader.cxx:105): vtkSTLReader (0x56ab): Unable to open /nope.stl . Aborting.",
        "vtk warning (vtkExecutive.cxx:729): failed: info (0x1a)",
        "    Debug: Off",
        "    Request: REQUEST_DATA",
    ]


def test_repeats_are_counted_even_when_the_address_differs():
    messages = MessageFilter()
    lines = []
    for number in range(1000):
        lines += messages.feed(UNABLE.format(address=f"{number:x}") + LONG)
    assert len([line for line in lines if "Unable to open" in line]) == 4
    assert (
        "vtk said 1000 times (vtkSTLReader.cxx:105): vtkSTLReader : Unable to open /nope.stl . Aborting."
        in lines
    )
    assert sum("Debug: Off" in line for line in lines) == 1
    assert max(messages.counts.values()) == 1000


def test_the_kinds_that_are_told_apart_are_bounded():
    repeats = Repeats()
    for number in range(5000):
        repeats.note(number)
    assert len(repeats.counts) <= 1001


def test_worth_saying_are_1_10_100():
    repeats = Repeats()
    assert [count for count in (repeats.note("x") for _ in range(1000)) if count] == [1, 10, 100, 1000]
