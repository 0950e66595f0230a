from __future__ import annotations

import pytest

from vizstream.bench.plan import Plan
from vizstream.errors import UsageError


@pytest.mark.parametrize(
    ("viewers", "crowds"),
    [
        (1, (1,)),
        (2, (1, 2)),
        (3, (1, 2, 3)),
        (4, (1, 2, 4)),
        (16, (1, 2, 4, 8, 16)),
        (20, (1, 2, 4, 8, 16, 20)),
    ],
)
def test_crowds_double_up_to_the_most(viewers, crowds):
    assert Plan(viewers=viewers).crowds == crowds


@pytest.mark.parametrize(
    "wrong", [{"resolutions": ()}, {"viewers": 0}, {"viewers": 65}, {"seconds": 0.1}, {"codec": "mpeg2"}]
)
def test_what_cannot_be_measured_is_refused(wrong):
    with pytest.raises(UsageError):
        Plan(**wrong)
