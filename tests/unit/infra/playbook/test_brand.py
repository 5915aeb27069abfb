"""The brand, said once: complete with defaults, readable by day and by night, and nothing in it that breaks a mail."""

import json
from pathlib import Path

import pytest

from infra.playbook.brand import read_brand
from infra.playbook.contrast import PAIRS, READABLE, contrast
from tests.conftest import SHIPPED_PLAYBOOK

WHY = "and many people cannot read less than 4.5:1: make one darker or the other lighter"
FONTS = "names of fonts that everybody has: Georgia, Times New Roman, serif"
PICTURES = "`light`, and `dark` and `width` (16 to 536) where needed: addresses of pictures that begin with https://"


def faults(folder: Path, text: str) -> list[str]:
    (folder / "brand.yaml").write_text("name: Shop\n" + text, "utf-8")
    return [str(fault).removeprefix("brand.yaml:") for fault in read_brand(folder)[1]]


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#fff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48), ("#767676", "#fff", 4.54)],
)
def test_contrast_is_that_of_wcag(first: str, second: str, ratio: float) -> None:
    assert contrast(first, second) == contrast(second, first) == pytest.approx(ratio, abs=0.005)


def test_a_brand_of_nothing_but_a_name_can_be_read(tmp_path: Path) -> None:
    assert faults(tmp_path, "") == []
    brand, _ = read_brand(tmp_path)
    assert all(contrast(brand["colors"][text], brand["colors"][ground]) >= READABLE for text, ground in PAIRS)
    assert brand["fonts"].keys() == {"text", "title"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "colors:\n  ink: '#222222'\n  muted: '#999999'\n",
            [
                f"4: colors.muted: muted #999999 on card #ffffff has a contrast of 2.8:1, {WHY}",
                f"4: colors.muted: muted #999999 on paper #f3f4f6 has a contrast of 2.6:1, {WHY}",
            ],
        ),
        (
            "colors:\n  dark_accent: '#224433'\n",
            [
                f"3: colors.dark_accent: dark_accent #224433 on dark_card #1e2126 has a contrast of 1.5:1, {WHY}",
                f"3: colors.dark_accent: dark_accent #224433 on dark_paper #14161a has a contrast of 1.7:1, {WHY}",
                f"3: colors.dark_accent: dark_on_accent #10151c on dark_accent #224433 has a contrast of 1.7:1, {WHY}",
            ],
        ),
        ("fonts: {text: 'Georgia;}'}\n", [f"2: fonts.text: {FONTS}"]),
        ("fonts: {titel: Georgia}\n", ['2: fonts: unknown name "titel", did you mean "title"?']),
        ("social: {tiktoc: https://i.example/}\n", ['2: social: unknown name "tiktoc", did you mean "tiktok"?']),
        ("social: {instagram: http://i.example/}\n", ["2: social.instagram: an address that begins with https://"]),
        ("logo_image: {dark: https://i.example/}\n", [f"2: logo_image: {PICTURES}"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_brand_is_said(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert faults(tmp_path, text) == expected


def test_where_the_brand_is_found_is_called_by_its_name(tmp_path: Path) -> None:
    assert (
        faults(tmp_path, "social: {tiktok: https://t.example/}\nlogo_image: {light: https://i.example/l.png}\n") == []
    )
    brand, _ = read_brand(tmp_path)
    assert brand["social"] == {"TikTok": "https://t.example/"}
    assert brand["logo_image"] == {"light": "https://i.example/l.png", "dark": "", "width": 160}
    assert json.dumps(brand)


def test_the_shipped_brand_is_in_order() -> None:
    assert read_brand(SHIPPED_PLAYBOOK)[1] == []
