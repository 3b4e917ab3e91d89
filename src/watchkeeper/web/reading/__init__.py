"""Where the pages' data come from: the state store and, for names and rules, the mappings folder. Reads only; each question is one walk
along an index or over a small table."""
