"""Text detectors on plain files, whose languages are identified from the corpus."""

import pytest

from kdaudit.errors import InputError
from kdaudit.stages import compare_files

SOURCES = ["The old lighthouse keeper counts the gulls", "The children sleep quietly tonight"]
TARGETS = ["Der alte Leuchtturmwärter zählt die Möwen", "Die Kinder schlafen heute Nacht ruhig"]


def written(folder, name, lines):
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


@pytest.mark.parametrize(("source", "target"), [(SOURCES, TARGETS), (TARGETS, SOURCES)])
def test_what_is_left_in_the_sources_language_is_found_in_both_directions(tmp_path, source, target):
    files = [written(tmp_path, "source", source), written(tmp_path, "target", target)]
    systems = {"copier": written(tmp_path, "a", [source[0], target[1]])}
    found = compare_files.run(*files, systems, ["untranslated", "copy", "text"], bootstrap=10)
    flagged = {row.measure: (row.flagged, row.n) for row in found.measurements}
    assert flagged == {"untranslated": (1, 2), "copy": (1, 2), "text": (1, 2)}


def test_a_corpus_without_a_language_is_refused_where_one_is_needed(tmp_path):
    files = [written(tmp_path, name, ["", ""]) for name in ("source", "target", "system")]
    with pytest.raises(InputError, match="no language could be identified in the source's"):
        compare_files.run(files[0], files[1], {"system": files[2]}, ["untranslated"])
