from pathlib import Path

import pytest

from service import resources


def test_the_checkout_has_what_is_shipped() -> None:
    root = Path(__file__).resolve().parent.parent
    assert resources.folder("examples") == root / "examples"
    assert resources.folder("schemas") == root / "schemas"
    assert resources.changelog() == root / "CHANGELOG.md"


def test_what_lies_inside_the_package_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "service" / "_data" / "schemas"
    inside.mkdir(parents=True)
    (tmp_path / "schemas").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "service")
    assert resources.folder("schemas") == inside
    (tmp_path / "CHANGELOG.md").touch()
    shipped = inside.parent / "CHANGELOG.md"
    shipped.touch()
    assert resources.changelog() == shipped


def test_a_broken_installation_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "service")
    with pytest.raises(FileNotFoundError, match="has no examples folder: install it again"):
        resources.folder("examples")
    with pytest.raises(FileNotFoundError, match=r"has no CHANGELOG.md: install it again"):
        resources.changelog()
