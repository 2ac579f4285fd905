"""How much of a file is read before it is refused: guards against accidents and attacks."""

from __future__ import annotations

FILE_BYTES = 4_000_000_000  # a text table is streamed
TREE_BYTES = 512_000_000  # JSON, XML and workbooks are held in memory
ROWS = 10_000_000  # of all files together
SHEET_ROWS = 1_048_576  # of a workbook's sheets
ISSUES = 10_000  # that are told one by one; the others are counted
VARIANTS = 5_000  # of one product; shops allow 100 to 2,048
CELL_CHARS = 1_000_000  # the longest real description seen has 40,000
LINE_CHARS = 4_000_000
OFFERS = 200  # of one variant, each in another currency
COLUMNS = 2_000
PACKED = 500  # attributes, options or pictures in one cell
DEPTH = 100  # of nested XML; JSON's is the interpreter's
VALUES = 20_000_000  # of a JSON file
FOLDER_FILES = 500
IMAGE_FILES = 500_000
SHOWN_CHARS = 120  # of a bad value in an issue

ZIP_ENTRIES = 20_000
ZIP_BYTES = 1_000_000_000  # all members unpacked
ZIP_RATIO = 250  # unpacked over packed, for members above 10 MB
ZIP_CELLS = 20_000_000
ZIP_TEXT = 100_000_000  # characters of all cells: a text may be shared by many
CHILD_BYTES = 3_000_000_000  # address space of the process that opens a workbook
CHILD_SECONDS = 300  # of processor time
