"""Papers of awards: reading a file into rows, and telling everything that is odd about it. Knows no database.

`reading.read_paper` is the way in: grids (CSV, text, workbooks) become layouts, layouts rows, rows a `types.Paper`;
`checks.inspect` then says what is odd, with what the register and `known_notes.yaml` know.
"""
