"""Whether a picture at rest is multisampled: by what it took before."""

from __future__ import annotations

from vizstream.render.quality import FIRST_GUESS, LIMIT_S, Quality

PIXELS = 1280 * 720


def test_the_first_time_goes_by_a_guess() -> None:
    assert Quality().affords(0.9 * LIMIT_S / FIRST_GUESS, PIXELS, asked=False)
    assert not Quality().affords(1.1 * LIMIT_S / FIRST_GUESS, PIXELS, asked=False)


def test_what_took_too_long_is_not_done_again_soon() -> None:
    quality = Quality()
    quality.took(2 * LIMIT_S, PIXELS)
    skipped = 0
    while not quality.affords(0.01, PIXELS, asked=False):
        skipped += 1
        assert skipped < 100, "one bad moment counts for ever"
    assert skipped >= 5


def test_what_was_quick_is_done_again_whatever_was_guessed() -> None:
    quality = Quality()
    quality.took(0.9 * LIMIT_S, PIXELS)
    assert quality.affords(LIMIT_S, PIXELS, asked=False)


def test_a_size_has_a_time_of_its_own() -> None:
    quality = Quality()
    quality.took(2 * LIMIT_S, PIXELS)
    assert quality.affords(0.01, PIXELS // 4, asked=False)


def test_the_scripts_own_wish_is_done() -> None:
    quality = Quality()
    quality.took(5 * LIMIT_S, PIXELS)
    assert quality.affords(5.0, PIXELS, asked=True)
