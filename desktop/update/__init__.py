"""更新: a newer version of the program from a stick or from the county, without trusting either.

A folder `update` holds The Update Framework's signed lists and the installer, as in `docs/formats/update.md`.
`source.py` reads it, `find.py` believes only what the keys in `resources/update/root.json` have signed,
`install.py` hands the installer over to Windows. What a new version does with the data stands in `staff/rooms.py`.
"""
