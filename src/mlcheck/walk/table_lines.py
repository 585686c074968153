"""A table as lines: its header, then its rows with cells in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from mlcheck.packs.model import Table
from mlcheck.walk.text import Line, Span, line, padded

_WIDEST = 34  # cells of a column; what is longer is cut only where the row ends


def table_lines(table: Table, most: int) -> Iterator[Line]:
    """The table's first rows, and how many more there are."""
    rows = [tuple(cell or "·" for cell in row) for row in table.rows]
    widths = _widths([table.header, *rows])
    yield line("  ", Span(_row(table.header, widths), "label"), cut=True)
    for row in rows[:most]:
        yield line(f"  {_row(row, widths)}", cut=True)
    if len(rows) > most:
        yield line(Span(f"  and {len(rows) - most} more rows: e shows them all", "dim"))


def numbered_rows(header: Sequence[str], rows: Sequence[str], chosen: int) -> Iterator[Line]:
    """Rows as they are edited, numbered, the chosen one marked."""
    cells = [tuple(row.split(" | ")) for row in rows]
    widths = _widths([tuple(header), *cells])
    yield line("     ", Span(_row(tuple(header), widths), "label"), cut=True)
    for number, row in enumerate(cells, 1):
        mark = ">" if number == chosen else " "
        yield line(Span(f"{mark}{number:3} ", "title" if number == chosen else ""), _row(row, widths), indent=5)


def _widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    count = max(len(row) for row in rows)
    return [min(_WIDEST, max(cell_len(row[at]) for row in rows if at < len(row))) for at in range(count)]


def _row(row: tuple[str, ...], widths: Sequence[int]) -> str:
    return "  ".join(padded(cell, width) for cell, width in zip(row, widths)).rstrip()
