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


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Spans that together are the whole text, none longer than LONGEST.

    A cut lies behind a line or sentence where the second half of a piece has one, else behind a
    blank or comma. Words are torn apart only where 2,000 code points have neither.
    """
    start = 0
    while len(text) - start > LONGEST:
        half, full = start + LONGEST // 2, start + LONGEST
        found = (cut.match(text, half, full) for cut in _CUTS)
        end = next((m.end() for m in found if m), full)
        yield start, end
        start = end
    yield start, len(text)
