"""A workbook that shows an online shop its health, its customers and what each is worth."""

__version__ = "0.1.0"
