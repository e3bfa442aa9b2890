"""The inner loops, as plain functions over arrays, which are compiled, or executed by Python for tests.

`kernel.compile` writes the functions that a policy set needs into one module, together with the generated ones, so that
a digest covers all code that runs. Compiled code therefore imports nothing from here, and the functions use only NumPy
arrays and numbers, raise no exceptions, and call only one another. 64-bit unsigned words occur only in `hashing`.
"""
