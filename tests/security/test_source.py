"""What the package's own source must not hold: shells, loaders that run code, unpacked archives."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import kdaudit
from kdaudit.workflow.runner import SNAKEFILE

PACKAGE = Path(kdaudit.__file__).parent
SOURCES = sorted([*PACKAGE.rglob("*.py"), *(PACKAGE / "recipes").rglob("*.py")])  # behind a link

FORBIDDEN = {
    "eval",
    "exec",
    "os.system",
    "os.popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "pickle.load",
    "pickle.loads",
    "marshal.loads",
    "yaml.load",
    "yaml.unsafe_load",
    "yaml.full_load",
    "tempfile.mktemp",
    "shutil.unpack_archive",
    "tarfile.open",
}
"""Calls that run code, ask a shell, unpack an archive, or name a file before it is made."""

UNPACKING = {"extract", "extractall"}
"""Methods of archives that write files by the names of their members."""


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a module, by the name that stands before the bracket."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def keyword(call: ast.Call, name: str) -> str | None:
    """The source of a keyword argument; None where it is not given."""
    found = (one.value for one in call.keywords if one.arg == name)
    value = next(found, None)
    return None if value is None else ast.unparse(value)


def is_harmless(name: str, call: ast.Call) -> bool:
    if name in FORBIDDEN or name.rpartition(".")[2] in UNPACKING:
        return False
    if name.endswith(".from_pretrained"):
        return keyword(call, "trust_remote_code") == "False"
    if name == "torch.load":
        return keyword(call, "weights_only") == "True"
    return keyword(call, "shell") is None and keyword(call, "trust_remote_code") in (None, "False")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_call_runs_what_it_is_given(path):
    found = [f"line {call.lineno}: {name}" for name, call in calls(path)]
    assert not [
        one for one, (n, c) in zip(found, calls(path), strict=True) if not is_harmless(n, c)
    ]


CALLS = {
    "os.system('ls')": False,
    "subprocess.run('ls', shell=True)": False,
    "subprocess.run(['ls'])": True,
    "torch.load(path)": False,
    "torch.load(path, weights_only=True)": True,
    "AutoModel.from_pretrained(name)": False,
    "AutoModel.from_pretrained(name, trust_remote_code=True)": False,
    "AutoModel.from_pretrained(name, trust_remote_code=False)": True,
    "load_dataset(name, trust_remote_code=True)": False,
    "archive.extractall(folder)": False,
    "yaml.load(text, Loader=yaml.Loader)": False,
    "yaml.safe_load(text)": True,
    "model.eval()": True,
}


@pytest.mark.parametrize("source", CALLS)
def test_what_would_be_found(source):
    (call,) = (ast.parse(source, mode="eval").body,)
    assert isinstance(call, ast.Call)
    assert is_harmless(ast.unparse(call.func), call) == CALLS[source]


# The workflow's one-line rules are the only place where a shell reads a line.

SHELLS = re.findall(r"^ *shell: (.+)$", SNAKEFILE.read_text(encoding="utf-8"), re.MULTILINE)
NUMBERS = {"threads", "params.number"}
"""What a rule puts into its line without quotes: none of them can be anything but digits."""


def test_every_rule_has_one_line():
    text = SNAKEFILE.read_text(encoding="utf-8")
    assert len(SHELLS) == text.count("shell:") > 10
    assert "run:" not in text.replace("dryrun:", "")
    assert "script:" not in text


@pytest.mark.parametrize("line", SHELLS)
def test_what_a_rule_puts_into_its_line_is_quoted(line):
    assert re.fullmatch(r'"\{KDAUDIT:q\} [^"$`;&|]+ > \{log:q\} 2>&1"', line), line
    fields = re.findall(r"\{([^}]+)\}", line)
    assert [one for one in fields if not one.endswith(":q") and one not in NUMBERS] == []


def test_wildcards_are_names_and_numbers():
    """Every wildcard that a line holds is constrained; a name has no sign that a shell or a path
    gives a meaning to, but for the one that an option begins with."""
    text = SNAKEFILE.read_text(encoding="utf-8")
    block = re.search(r"^wildcard_constraints:\n((?: +.+\n)+)", text, re.MULTILINE)
    assert block is not None
    constrained = dict(re.findall(r"^ +(\w+)=(.+),$", block[1], re.MULTILINE))
    names = {one for one, pattern in constrained.items() if pattern == "WORD"}
    assert 'WORD = "[A-Za-z0-9_-]+"' in text
    assert names == {"model", "split", "detector", "metric", "scheme"}
    digits = {one: pattern for one, pattern in constrained.items() if one not in names}
    assert all(re.fullmatch(r'"[\[\]{}+*0-9of-]+"', pattern) for pattern in digits.values()), digits
    used = set(re.findall(r"\{wildcards\.(\w+)", text))
    assert used - set(constrained) <= {"text"}
    assert 'text="|".join(' in text, "the texts that are scored are named one by one"
