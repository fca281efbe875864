"""The gallery shows every model of the library, with pictures that are there and a command that is one."""

from __future__ import annotations

import re
from types import ModuleType

import pytest
from tests.docs.test_documents import ROOT, generated, outcome

from vesicula.cli import exits

PAGE = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
MOST_BYTES = 1_500_000


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    return generated("gallery")


def test_every_model_has_its_row_and_picture(gallery: ModuleType) -> None:
    rows = gallery.kept()
    assert sorted(rows) == gallery.models()
    assert sorted(re.findall(r"^## (\S+)$", PAGE, re.MULTILINE)) == gallery.models()
    for name, shown in rows.items():
        assert (gallery.IMAGES / f"{name}.svg").read_text(encoding="utf-8").startswith("<svg"), name
        assert (gallery.IMAGES / f"{name}.png").exists() == bool(shown.strip), name
        assert shown.processor_s > 0, name
        assert shown.answer, name


def test_no_picture_is_left_over_and_all_are_small(gallery: ModuleType) -> None:
    images = list(gallery.IMAGES.iterdir())
    assert {image.stem for image in images} == set(gallery.models())
    assert sum(image.stat().st_size for image in images) < MOST_BYTES


def test_every_row_has_its_command(gallery: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    commands = re.findall(r"^`(vesicula run (\S+))` · ", PAGE, re.MULTILINE)
    assert sorted(name for _, name in commands) == gallery.models()
    for command, name in commands:
        assert command == gallery.command(name)
    assert outcome(["models", "--json"]) == exits.OK
    listed = capfd.readouterr().out
    assert all(f'"{name}"' in listed for _, name in commands)


def test_a_strip_is_made_of_the_first_the_middle_and_the_last_picture(gallery: ModuleType) -> None:
    assert [gallery._three(n) for n in (3, 4, 5)] == [[0, 1, 2], [0, 2, 3], [0, 2, 4]]
