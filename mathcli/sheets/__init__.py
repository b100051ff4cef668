"""Files as rows of texts: CSV, TSV, JSON lines, plain lines, a sheet of a workbook.

Encoding, separator and header are found out; nothing here knows what the texts mean.
"""
