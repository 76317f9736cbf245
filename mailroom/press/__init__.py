"""Merged -> Artwork, fast: a page is laid out once (a Stencil) and stamped for every person.

`items` are PDF objects without numbers, `writer` puts them into files.
"""
