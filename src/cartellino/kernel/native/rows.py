"""The rows of the 64-bit event columns that are always present; see `kernel.event_columns`."""

TIME, PERSON = 0, 1
CLOCK, WAS, FIRST_SEEN, MADE, MOVED, GAP = 2, 3, 4, 5, 6, 7
START, ACTIVE = 8, 9
