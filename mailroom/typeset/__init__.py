"""Text -> lines of glyphs, exactly as the reference (WeasyPrint with Pango) sets them, but fast.

Words are shaped by HarfBuzz once and remembered. What cannot be set here (scripts from right
to left, scripts that need more than words, letters that no font has) is Unsettable: its page
is laid out by the reference. Lengths are CSS pixels (1/96 in), y grows downwards.
"""
