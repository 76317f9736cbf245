"""Codes for machines: QR, Data Matrix, postal bars; as matrices, as SVG and as PDF paths."""
