"""The detector `oscillatory` against a loop over sentences, as the released scripts have it.

    python -m benchmarks.oscillation

The loop is written anew after the published description: BERT's basic tokenizer,
character by character, and a count of the bigrams of each sentence. Both judge the
same lines in turn, batch by batch, in one process. Made-up lines: sentences of the
generated corpus, of which some repeat words, and some hold characters that
tokenizers get wrong.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from benchmarks.harness import RUNS, spread
from kdaudit.corpus import generate
from kdaudit.detectors.base import Services
from kdaudit.detectors.oscillatory import Oscillatory
from kdaudit.detectors.tokenize import CJK_IDEOGRAPHS
from kdaudit.segments import Segments

LINES = (10_000, 100_000, 1_000_000)
BATCH = 50_000
ODD = "Ä e\u0301 ß Σ ΑΣ İ 漢字 가 \u00ad \u200b \x1f \u3000 \U00020000 \U0001f600 « . — ' $"


def table() -> str:
    """Markdown."""
    rows = ["## `oscillatory`, in batches of 50,000 lines", ""]
    rows += ["| lines | seconds | lines a second | peak memory |", "| --- | --- | --- | --- |"]
    for lines in LINES:
        command = [sys.executable, "-m", "benchmarks.oscillation", str(lines)]
        seconds, megabytes = [], 0.0
        for _ in range(RUNS):
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            took, peak = map(float, done.stdout.split())
            seconds.append(took)
            megabytes = max(megabytes, peak)
        speed = f"{lines / statistics.median(seconds):,.0f}"
        rows.append(f"| {lines:,} | {spread(seconds)} | {speed} | {megabytes:.0f} MB |")
    return "\n".join([*rows, "", agreement(LINES[-1]), ""])


def agreement(lines: int) -> str:
    """How much faster than the loop, and on how many lines the flags differ."""
    detector, seconds = Oscillatory(), np.zeros(2)
    differing = flagged = 0
    for segments in batches(lines):
        times = [time.process_time()]
        ours = detector.judge(detector.score(segments, Services()))
        times.append(time.process_time())
        theirs = loop(segments.texts("source"), segments.texts("translation"))
        times.append(time.process_time())
        seconds += np.diff(times)
        differing += int((ours != np.array(theirs)).sum())
        flagged += int(ours.sum())
    return (
        f"Processor time for {lines:,} lines: {seconds[0]:.1f} s; a loop over sentences: "
        f"{seconds[1]:.1f} s, {seconds[1] / seconds[0]:.0f} times as much. "
        f"Lines flagged: {flagged:,}; lines on which the two differ: {differing}."
    )


def batches(lines: int) -> Iterator[Segments]:
    """Made-up sources and translations; 2% of these repeat two words, 2% hold odd characters."""
    rng = np.random.default_rng(1)
    pairs = generate(10_000, rng)
    for start in range(0, lines, BATCH):
        size = min(BATCH, lines - start)
        drawn = rng.integers(len(pairs), size=(size, 2))
        sources = [f"{pairs[one][0]} {pairs[other][0]}" for one, other in drawn]
        translations = [f"{pairs[one][1]} {pairs[other][1]}" for one, other in drawn]
        for row in np.flatnonzero(rng.random(size) < 0.02):
            words = translations[row].split()[:2]
            translations[row] += f" {' '.join(words * int(rng.integers(1, 30)))}"
        for row in np.flatnonzero(rng.random(size) < 0.02):
            odd = "".join(rng.choice(list(ODD), size=10).tolist())
            translations[row] += f" {odd}{f' {odd}' * int(rng.integers(0, 20))}"
        yield Segments.of(source=sources, translation=translations)


def loop(sources: list[str], translations: list[str]) -> list[bool]:
    """The published rule, sentence by sentence."""
    flags = []
    for source, translation in zip(sources, translations, strict=True):
        source_tokens, target_tokens = tokenize(source), tokenize(translation)
        words = min(len(source.split()), len(translation.split()))
        if words < 2 or min(len(source_tokens), len(target_tokens)) < 2:
            flags.append(False)
            continue
        count, usual = top_count(target_tokens), top_count(source_tokens)
        flags.append(count > 10 and count - usual > 4 and len(source_tokens) < 50)
    return flags


def top_count(tokens: list[str]) -> int:
    """Occurrences of the most frequent bigram."""
    return Counter(pairwise(tokens)).most_common(1)[0][1]


def tokenize(text: str) -> list[str]:
    """BERT's basic tokenizer: clean, split ideographs, lower, strip accents, split punctuation."""
    spaced = []
    for character in text:
        code, category = ord(character), unicodedata.category(character)
        if character in " \t\n\r" or category == "Zs":
            spaced.append(" ")
        elif code in (0, 0xFFFD) or category in ("Cc", "Cf"):
            continue
        elif any(first <= code <= last for first, last in CJK_IDEOGRAPHS):
            spaced.extend((" ", character, " "))
        else:
            spaced.append(character)
    tokens = []
    for word in "".join(spaced).split():
        tokens.extend(split_punctuation(strip_accents(word.lower())))
    return " ".join(tokens).split()


def strip_accents(word: str) -> str:
    """A word without combining marks."""
    decomposed = unicodedata.normalize("NFD", word)
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


def split_punctuation(word: str) -> list[str]:
    """A word cut before and after each punctuation character."""
    pieces, new = [], True
    for character in word:
        if is_punctuation(character):
            pieces.append([character])
            new = True
        else:
            if new:
                pieces.append([])
            new = False
            pieces[-1].append(character)
    return ["".join(piece) for piece in pieces]


def is_punctuation(character: str) -> bool:
    """Unicode's punctuation, and all of ASCII's signs."""
    code = ord(character)
    if 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126:
        return True
    return unicodedata.category(character).startswith("P")


def measure(lines: int) -> None:
    """Print the seconds that the detector takes, and the process's peak memory in MB."""
    import resource

    detector, seconds = Oscillatory(), 0.0
    for segments in batches(lines):
        started = time.perf_counter()
        detector.judge(detector.score(segments, Services()))
        seconds += time.perf_counter() - started
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]))
    else:
        print(table())
