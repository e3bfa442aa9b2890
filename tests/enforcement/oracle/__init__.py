"""What follows from findings and acts, written a second time from `docs/explanation/enforcement.md` alone.

It is plain and slow: flat lists, gone through anew for every question. Of `cartellino.enforcement` it knows the acts,
which are its input, and nothing else. The modules follow the headings of the page.

    words → judging (given, brake, change) → acts → taking_back
"""
