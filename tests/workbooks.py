"""Spreadsheet files for tests: xlsx by XlsxWriter, and a smallest xls (BIFF8 in a compound file) by hand."""

import io
import struct

import xlsxwriter


def xlsx(rows, sheets=("Sheet1",), first_row=0):
    """Return an xlsx with the rows in each of the sheets; text stays text, numbers are numbers."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for name in sheets:
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows, start=first_row):
            for j, cell in enumerate(row):
                if hasattr(cell, "year"):
                    sheet.write_datetime(i, j, cell, day)
                elif cell is not None:
                    sheet.write(i, j, cell)
    book.close()
    return buffer.getvalue()


def _record(kind, data):
    return struct.pack("<HH", kind, len(data)) + data


def _cell(i, j, value):
    if isinstance(value, str):
        text = value.encode("utf-16-le")
        return _record(0x0204, struct.pack("<HHHHB", i, j, 0, len(value), 1) + text)
    return _record(0x0203, struct.pack("<HHHd", i, j, 0, value))


def xls(rows):
    """Return an xls with one sheet of text and numbers."""
    bof = lambda kind: _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 1996, 0, 0))  # noqa: E731
    end, name = _record(0x000A, b""), "Sheet1"
    entry = struct.pack("<IBBBB", 0, 0, 0, len(name), 0) + name.encode()
    start = len(bof(5)) + len(_record(0x0085, entry)) + len(end)
    entry = struct.pack("<I", start) + entry[4:]
    cells = b"".join(_cell(i, j, value) for i, row in enumerate(rows) for j, value in enumerate(row))
    stream = bof(5) + _record(0x0085, entry) + end + bof(0x10) + cells + end
    return _compound(stream.ljust(4096, b"\0"))


def _entry(name, kind, child, start, size):
    text = (name + "\0").encode("utf-16-le")
    none = 0xFFFFFFFF
    head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, none, none, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


def _compound(stream):
    """Put a stream of 4096 bytes or more in a compound file: header, FAT, directory, stream."""
    end, free = 0xFFFFFFFE, 0xFFFFFFFF
    sectors = -(-len(stream) // 512)
    chain = [0xFFFFFFFD, end, *range(3, 2 + sectors), end]
    fat = struct.pack(f"<{len(chain)}I", *chain) + struct.pack("<I", free) * (128 - len(chain))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    head += bytes(6) + struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0, 0)
    head += struct.pack("<I", free) * 108
    directory = _entry("Root Entry", 5, 1, end, 0) + _entry("Workbook", 2, free, 2, len(stream))
    return head + fat + directory.ljust(512, b"\0") + stream.ljust(512 * sectors, b"\0")
