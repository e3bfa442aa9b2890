"""The hot loops, as plain functions over arrays: what the compiler takes, and what Python runs when it is off.

Nothing here is imported by what is compiled: `kernel.compile` writes the functions that a policy set needs into one
module, together with what is generated for it, so that a digest covers every line that runs. Hence the rules of this
folder: NumPy arrays and integers only, no exceptions, no other module, 64-bit unsigned words only in `hashing`.
"""
