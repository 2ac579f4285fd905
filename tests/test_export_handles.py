"""Handles: safe in a shop and on every file system, the same every time, never shared."""

from __future__ import annotations

import re

import pytest
from export_making import picture
from hypothesis import given
from hypothesis import strategies as st

from studio.channels.handles import handle, picture_file, safe_locale
from studio.errors import InputError


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("mug-1", "mug-1"),
        ("MUG_1", "mug-1"),
        ("MUG 1/B", "mug-1-b"),
        ("litemall-1006002", "litemall-1006002"),
        ("陶瓷杯", "tao-ci-bei-"),
        ("陶瓷杯 Blue", "tao-ci-bei-blue-"),
        ("Crème brûlée", "creme-brulee-"),
        ("../../etc/passwd", "etc-passwd"),
        ("..\\..\\boot.ini", "boot-ini-"),
        ("a\0b", "a-b-"),
        ("CON", "con-"),
        ("lpt1", "lpt1-"),
        ("😀", "item-"),
        ("x" * 300, "x" * 60),
    ],
)
def test_handles(id, name):
    made = handle(id)
    assert made.startswith(name)
    assert made == name or re.search(r"-[0-9a-f]{6}$", made)
    assert len(made) <= 80


def test_an_empty_id_is_refused():
    with pytest.raises(InputError):
        handle(" ")


IDS = st.text(min_size=1).filter(str.strip)


@given(IDS)
def test_a_handle_is_always_good(id):
    for name in (handle(id), handle(id, sure=True), handle(id, 30)):
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        assert name not in {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10))}
    assert len(handle(id, 30)) <= 30


@given(IDS, IDS)
def test_two_ids_share_a_handle_only_by_case_and_separators(one, other):
    def plain(id):
        return re.sub(r"[-_. /]+", "-", id.strip()).strip("-").lower()

    if plain(one) != plain(other):
        assert handle(one) != handle(other)
    if one != other:
        assert handle(one, sure=True) != handle(other, sure=True)


def test_picture_files():
    assert picture_file(picture("main"), "en-US", "mug-1") == "pictures/en-US/mug-1-main.jpg"
    assert picture_file(picture("../x"), "en-US", "m") == "pictures/en-US/m-x.jpg"
    with pytest.raises(InputError, match="text/html"):
        picture_file(picture(mime="text/html"), "en-US", "m")


@pytest.mark.parametrize("locale", ["", "../en", "en/US", "en US", "e", "en-US\n", "英文"])
def test_a_locale_is_checked_before_it_names_a_file(locale):
    with pytest.raises(InputError):
        safe_locale(locale)
