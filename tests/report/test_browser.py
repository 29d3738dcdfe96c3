"""The page in a real browser, where one is installed (Debian's chromium)."""

import re
import shutil
import subprocess

import pytest

from kdaudit.report import html

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium here")


def opened(page, tmp_path):
    """The document as the browser understood it, and what it wrote to its console."""
    file = tmp_path / "index.html"
    file.write_text(page, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    options += ["--no-first-run", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run(
        [BROWSER, *options, "--enable-logging=stderr", "--dump-dom", file.as_uri()],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    return done.stdout, re.findall(r"CONSOLE.*", done.stderr)


def test_the_page_opens_without_a_complaint_and_with_all_its_plots(content, tmp_path):
    page = html(content)
    document, console = opened(page, tmp_path)
    assert console == []
    assert document.count("<svg") == page.count("<svg") > 10
    assert "Repeated target" in document


def test_what_would_be_fetched_is_refused(content, tmp_path):
    page = html(content).replace("<main>", '<main><img src="https://example.org/x.png">')
    _, console = opened(page, tmp_path)
    assert any("Content Security Policy" in line for line in console)
