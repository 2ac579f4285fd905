"""The command line as a merchant and as a program use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = [
    *("demo", "import", "generate", "check", "review", "export"),
    *("job", "serve", "doctor", "models", "forecast", "verify"),
]
HEAVY = ("torch", "transformers", "diffusers", "gradio", "sqlalchemy", "cv2", "onnxruntime", "PIL")


def studio(*arguments: str, home: Path, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "studio", "--home", str(home), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        **more,  # type: ignore[call-overload]
    )


def test_help_names_every_command_and_loads_nothing_heavy(tmp_path: Path) -> None:
    shown = studio("--help", home=tmp_path)
    assert shown.returncode == 0
    assert all(f" {name} " in shown.stdout for name in COMMANDS)
    code = (
        "import sys; sys.argv=['studio','--help']\nfrom studio.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(name: str, tmp_path: Path) -> None:
    assert studio(name, "--help", home=tmp_path).returncode == 0


def test_import_ends_with_one_json_line_of_counts(tmp_path: Path) -> None:
    catalog = tmp_path / "goods.csv"
    catalog.write_text("sku,title,price,currency\nA1,Mug,9.50,USD\nA2,Bowl,面议,USD\n", "utf-8")
    done = studio("import", str(catalog), "--json", home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout.strip().splitlines()[-1])
    assert counts["rows"] == 2
    assert counts["products"] == 2
    assert counts["issues"] == 1
    assert "goods.csv:3" in done.stderr
    assert "面议" in done.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(200)),
        ("cut.xlsx", b"PK\x03\x04" + bytes(60)),
    ],
)
def test_a_bad_file_is_exit_2_with_a_place_and_no_trace(
    name: str, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    done = studio("import", str(path), home=tmp_path / "home")
    assert done.returncode == 2
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_check_jsonl_needs_no_database(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    items = [
        {"id": "a", "text": "全网销量第一的保温杯", "lang": "zh", "jurisdiction": "CN"},
        {"id": "b", "text": "保温杯，容量750毫升", "attributes": {"capacity": "750 ml"}},
        {"id": "c", "text": "", "lang": None, "attributes": None, "evidence": None},
    ]
    source.write_text("\n".join(json.dumps(i, ensure_ascii=False) for i in items), "utf-8")
    done = studio("check", "--jsonl", str(source), "--out", str(target), home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    first, second, third = map(json.loads, target.read_text("utf-8").splitlines())
    assert first["verdict"] == "violation"
    finding = first["findings"][0]
    assert items[0]["text"][finding["start"] : finding["end"]] == finding["match"]
    assert {"id", "rule", "severity", "message", "basis", "suggestion"} <= finding.keys()
    assert (second["verdict"], third["verdict"]) == ("clean", "clean")
    assert not (tmp_path / "home").exists()


def test_a_broken_line_names_its_place(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": 1, "text": "x"}\n{"id": 2, "text"\n', "utf-8")
    done = studio("check", "--jsonl", str(source), "--out", str(tmp_path / "o"), home=tmp_path)
    assert done.returncode == 2
    assert "in.jsonl:2" in done.stderr


def test_unknown_names_are_met_with_the_near_ones(tmp_path: Path) -> None:
    done = studio("generate", "--channel", "shopfy", home=tmp_path / "home")
    assert done.returncode == 2
    assert "shopify" in done.stderr


@pytest.mark.parametrize(
    ("locale", "cause", "remedy"),
    [
        ("zh_CN.UTF-8", "没有名为“NONE”的", "已有："),
        ("en_US.UTF-8", "no listing named 'NONE'", ""),
    ],
)
def test_an_error_speaks_the_language_of_the_one_who_sits_there(
    locale: str, cause: str, remedy: str, tmp_path: Path
) -> None:
    env = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "1"}
    done = studio("review", "show", "NONE", home=tmp_path / "home", env=env)
    assert done.returncode == 2
    assert cause in done.stderr
    done = studio("check", "--text", "A cup.", "--market", "XX", home=tmp_path / "home", env=env)
    assert done.returncode == 2
    assert remedy in done.stderr


def test_an_error_of_the_settings_themselves_is_told(tmp_path: Path) -> None:
    env = {**os.environ, "LANG": "zh_CN.UTF-8", "PYTHONUTF8": "1", "STUDIO_SOLO": "perhaps"}
    done = studio("review", "show", "NONE", home=tmp_path / "home", env=env)
    assert done.returncode == 2
    assert "solo" in done.stderr
    assert "Traceback" not in done.stderr
    assert "设置有误" in done.stderr
