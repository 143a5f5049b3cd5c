"""The pictures in README and docs are what the page draws today: the same bytes, made again."""

from local import pictures


def test_every_picture_is_what_would_be_drawn_now():
    assert pictures.changed() == [], "run `python -m local.pictures`"


def test_a_picture_asks_for_nothing_from_outside():
    for text in pictures.drawn().values():
        outside = text.replace("http://www.w3.org/2000/svg", "").replace("http://www.w3.org/1999/xhtml", "")
        assert not any(word in outside for word in ("http", "url(", "@import", "href", "src=", "<script"))
