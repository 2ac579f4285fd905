"""Long texts in pieces, so that whatever a reader does takes time linear in the text."""

from __future__ import annotations

from collections.abc import Iterator

from studio.grounding.patterns import Pattern

LONGEST = 4_000  # code points
_CUTS = (
    Pattern(r".*[\n\r。！？]", dotall=True),
    Pattern(r".*[.!?；;]\s", dotall=True),
    Pattern(r".*[\s，,、]", dotall=True),
)


def pieces(text: str, longest: int = LONGEST) -> Iterator[tuple[int, int]]:
    """Spans that together are the whole text, none longer than `longest` code points.

    A cut lies behind a line or sentence where the second half of a piece has one, else behind a
    blank or comma. Words are torn apart only where half a piece has neither.
    """
    start = 0
    while len(text) - start > longest:
        half, full = start + longest // 2, start + longest
        found = (cut.match(text, half, full) for cut in _CUTS)
        end = next((m.end() for m in found if m), full)
        yield start, end
        start = end
    yield start, len(text)
