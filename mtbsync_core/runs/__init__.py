"""Many runs: what pairs, working through it, whose run it was, and the catalogue of all of it.

Folders of results are the truth. The catalogue is an index of them, written as well as can be, and made again from
them.
"""
