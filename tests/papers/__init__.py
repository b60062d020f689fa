"""Made-up offers written as bureaus, mirrors and land teams write them, with what is true of each.

An offer (`offers`) is laid out as blocks (`layouts`) and written in a file format (`formats`); a
land team's own table is a sheet (`sheets`). `scoring` compares what was read with what is true.
Each of these is chosen by a seeded `random.Random`, so that a case is named by its seed.
"""
