"""Merged -> Artwork, fast: a page is laid out once (a Stencil) and stamped for every person.

`items` are PDF objects without numbers, `writer` puts them into files (`objects` numbers them,
`fontfile` cuts the fonts down). `harvest` makes items of pages that the renderer has drawn,
`extract` takes a piece out of a file again.
"""
