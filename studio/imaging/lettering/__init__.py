"""Text in pictures: real fonts, lines broken where a typesetter would, sizes that fit their box."""
