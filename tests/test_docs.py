"""What the documentation says is what the code does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from cartellino.api.app import ROUTES
from cartellino.cli.main import VERBS, main
from cartellino.commands.webhooks import KINDS as WEBHOOKS
from cartellino.enforcement import examples
from cartellino.events.columns import COLUMNS
from cartellino.events.kinds import KINDS
from cartellino.events.reasons import REASONS
from cartellino.expressions.functions import FUNCTIONS
from cartellino.notices.words import Words
from cartellino.policies.codes import CODES
from cartellino.policies.load import Text, load
from cartellino.policies.packs import PACKS, pack
from cartellino.service.access import PERMISSIONS, SCOPES
from cartellino.service.service import catalogues
from cartellino.service.settings import Settings
from cartellino.signals.catalogue import CATALOGUE
from cartellino.web.problems import CODES as PROBLEMS

ROOT = Path(__file__).parents[1]


def reference(name: str) -> str:
    return (ROOT / "docs" / "reference" / name).read_text("utf-8")


def test_the_reference_is_what_the_code_writes() -> None:
    ran = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_everything_has_its_line() -> None:
    assert all(f"`{name}`" in reference("events.md") for name in (*COLUMNS, *KINDS, *REASONS))
    assert all(f"`{name}`" in reference("language.md") for name in (*FUNCTIONS, *CATALOGUE))
    assert all(f"## `{code}`" in reference("diagnostics.md") for code in CODES)
    assert all(
        f"## `cartellino {verb.__name__.rpartition('.')[2].replace('_', '-')}" in reference("commands.md")
        for verb in VERBS
    )
    for name, page in (("messenger", "policies.md"), ("business", "business-policies.md")):
        assert all(f"`{rule.id}`" in reference(page) for rule in load(pack(name)).rules)


def test_everything_of_the_service_has_its_line() -> None:
    http = reference("http.md")
    assert all(f"`{name}`" in http for name in (*PROBLEMS, *PERMISSIONS, *WEBHOOKS, *SCOPES))
    assert all(f"`CARTELLINO_{name.upper()}`" in reference("settings.md") for name in Settings.__struct_fields__)
    assert all(route.fn.__doc__ for route in ROUTES)


ROOMS = ("api", "web", "service", "commands", "queries", "analysis", "pipeline", "appeals")
"""Where refusals are raised that people get over HTTP."""


def test_every_code_of_a_refusal_in_the_source_is_documented() -> None:
    folders = [ROOT / "src" / "cartellino" / name for name in ROOMS]
    source = "".join(file.read_text("utf-8") for folder in folders for file in folder.glob("*.py"))
    used = set(re.findall(r'(?:Problem|answer)\(\s*"([a-z-]+)"', source)) | set(
        re.findall(r'code = "([a-z-]+)"', source)
    )
    assert used <= set(PROBLEMS), used - set(PROBLEMS)


def test_every_reason_code_in_the_source_is_documented() -> None:
    source = "".join(file.read_text("utf-8") for file in (ROOT / "src" / "cartellino" / "events").glob("*.py"))
    used = set(re.findall(r'(?:Fault|_outside)\(\s*"([a-z-]+)"', source))
    assert used == set(REASONS)


def test_the_map_has_every_package_and_leads_to_files_that_exist() -> None:
    source = ROOT / "src" / "cartellino"
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    packages = {file.parent.name for file in source.glob("*/__init__.py")}
    cells = re.findall(r"^\| (`[^|]+)\|", page, re.M)
    assert packages == set(re.findall(r"`([a-z]+)`", "".join(cells)))
    named = {path for page in (ROOT / "docs").rglob("*.md") for path in _paths(page.read_text("utf-8"))}
    assert {path for path in named if not (source / path).exists()} == set()
    assert len(named) > 40


def test_what_a_page_names_in_a_file_stands_there() -> None:
    source = ROOT / "src" / "cartellino"
    pages = "".join(page.read_text("utf-8") for page in (ROOT / "docs").rglob("*.md"))
    listed = re.findall(r"`([a-z_/]+\.py)`,?\s+\(?(`\w+`(?:(?:, | and |, and |, or )`\w+`)*)", pages)
    named = {(path, name) for path, names in listed for name in re.findall(r"`(\w+)`", names)}
    missing = {
        (path, name)
        for path, name in named
        if (source / path).exists()
        and not re.search(rf"^ *(?:(?:async )?def|class) {name}\b|^{name}\b", (source / path).read_text("utf-8"), re.M)
    }
    assert missing == set()
    assert len(named) > 30


def test_the_map_says_of_everything_in_which_file_it_is_done() -> None:
    where = (ROOT / "docs" / "architecture.md").read_text("utf-8").split("## Where is ...")[1]
    parts = re.split(r"^### \.\.\. (.+)$", where, flags=re.M)[1:]
    for title, said in zip(parts[::2], parts[1::2], strict=True):
        lines = re.findall(r"^- (.+(?:\n  .+)*)", said, re.M)
        assert len(lines) >= 3, title
        assert [line for line in lines if not _paths(line) and "`policies/packs`" not in line] == [], title


def _paths(text: str) -> set[str]:
    """Return the files of the package that a page names."""
    folders = "|".join(file.parent.name for file in (ROOT / "src" / "cartellino").glob("*/__init__.py"))
    return set(re.findall(rf"`((?:{folders})/[a-z_/]+\.py)`", text))


def test_links_inside_the_documentation_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_shipped_rule_speaks_all_languages_and_has_all_it_needs() -> None:
    languages = Words(catalogues()).languages
    for rule in (rule for name in PACKS for rule in load(pack(name)).rules):
        for texts in (rule.reason, rule.clause):
            assert set(texts) == set(languages), rule.id
            assert all(text.strip() for text in texts.values()), rule.id
            assert len(set(texts.values())) == len(languages), rule.id
        assert rule.false_friends, rule.id
        assert {example.fires for example in rule.examples} == {True, False}, rule.id


def policies_in(page: Path) -> list[str]:
    return [block for block in re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.S) if "rules:" in block]


def test_the_policies_in_the_documentation_do_what_they_say() -> None:
    shown = [
        Text(str(page), block)
        for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
        for block in policies_in(page)
    ]
    assert len(shown) >= 2
    for text in shown:
        assert examples.run(load([text])) == []


def test_the_decision_in_the_readme_is_what_the_command_gives(tmp_path: Path) -> None:
    example = ROOT / "examples" / "strangers"
    page = (ROOT / "README.md").read_text("utf-8")
    policy, decision = re.search(r"```yaml\n(.*?)```", page, re.S), re.search(r"```json\n(.*?)```", page, re.S)
    assert policy is not None
    assert decision is not None

    arguments = ["decide", str(example / "events.ndjson"), "--policies", str(example / "policy.yaml")]
    assert main([*arguments, "--out", str(tmp_path)]) == 0

    assert policy[1] == (example / "policy.yaml").read_text("utf-8")
    assert json.loads(decision[1]) == json.loads((tmp_path / "decisions.ndjson").read_text("utf-8"))
