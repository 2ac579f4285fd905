"""How much of a file is read before it is refused: guards against accidents and attacks."""

from __future__ import annotations

FILE_BYTES = 4_000_000_000  # a text table is streamed
TREE_BYTES = 512_000_000  # JSON and workbooks are held in memory
CELL_CHARS = 1_000_000  # the longest real description seen has 40,000
LINE_CHARS = 4_000_000
COLUMNS = 2_000
FOLDER_FILES = 500
IMAGE_FILES = 500_000
SHOWN_CHARS = 120  # of a bad value in an issue

ZIP_ENTRIES = 20_000
ZIP_BYTES = 1_000_000_000  # all members unpacked
ZIP_RATIO = 250  # unpacked over packed, for members above 10 MB
CHILD_BYTES = 3_000_000_000  # address space of the process that opens a workbook
CHILD_SECONDS = 300  # of processor time
