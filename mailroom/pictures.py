"""Pictures made ready for print once: bitmaps as they will be embedded, cached by content."""
