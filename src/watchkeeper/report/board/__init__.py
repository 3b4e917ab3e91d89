"""What the watch board shows: each page's data, with which the board's API answers as they are, and how the page reads."""
