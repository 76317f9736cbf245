"""Merged -> Artwork: the pages drawn, their frames measured.

`weasy` lays pages out with WeasyPrint and is the reference for whatever draws faster.
`fetch` is the only door through which a page gets at files.
"""
