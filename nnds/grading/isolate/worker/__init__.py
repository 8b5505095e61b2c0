"""What runs beside the student's code: it holds no test, no solution and no verdict.

Nothing here imports the rest of the grader, so the sandbox can leave that out.
"""
