"""Merged -> Artwork, fast: a page is laid out once (a Stencil) and stamped for every person.

`press` is the one that is asked. What is new goes to `foundry`, which has the renderer lay it out:
`harvest` makes art of a finished page, `compile` a `flow` of what is in a frame; `stencil` keeps
both. What is known goes through `stamp` for every piece: `fill` places what is in a frame,
`compositor` sets its paragraphs, `operators` writes them; `reread` reads it all again.
`items` are PDF objects without numbers; `binder` has `writer` put them into files (`objects`
numbers them, `fontfile` cuts the fonts down), and `extract` takes a piece out of one. `oracle`
compares two files, whoever made them.
"""
