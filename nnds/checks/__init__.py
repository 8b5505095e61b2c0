"""What a check is: laws, the drawing of inputs, comparison, and the report.

Nothing here knows an exercise or a sandbox. Read `form.py` (how an exercise is
declared), `laws.py`, `engine.py` (how the checks of one exercise are run).
"""
